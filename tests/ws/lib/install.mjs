// Gets the packages of a folder's package-lock.json into it when they are not there yet.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

function current(folder) {
  const marker = `${folder}node_modules/.package-lock.json`;
  if (!existsSync(marker)) return false;
  const wanted = JSON.parse(readFileSync(`${folder}package-lock.json`, 'utf8')).packages;
  const there = JSON.parse(readFileSync(marker, 'utf8')).packages;
  return Object.entries(there).every(([name, p]) => wanted[name]?.version === p.version);
}

/** url: of the folder, with its final slash. */
export function install(url) {
  const folder = fileURLToPath(url);
  if (!current(folder)) {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: folder, stdio: 'inherit' });
  }
}
