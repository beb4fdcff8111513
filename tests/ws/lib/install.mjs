// Gets the packages of package-lock.json into this folder when they are not there yet.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));
const marker = `${folder}node_modules/.package-lock.json`;

function current() {
  if (!existsSync(marker)) return false;
  const wanted = JSON.parse(readFileSync(`${folder}package-lock.json`, 'utf8')).packages;
  const there = JSON.parse(readFileSync(marker, 'utf8')).packages;
  return Object.entries(there).every(([name, p]) => wanted[name]?.version === p.version);
}

if (!current()) {
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: folder, stdio: 'inherit' });
}
