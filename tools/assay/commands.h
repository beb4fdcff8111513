#ifndef TOOLS_ASSAY_COMMANDS_H
#define TOOLS_ASSAY_COMMANDS_H

/* Entry points of the subcommands, one file cmd_<name>.c each. */
int cmd_bench(int argc, char **argv);
int cmd_config(int argc, char **argv);
int cmd_ctl(int argc, char **argv);
int cmd_flow(int argc, char **argv);
int cmd_hash_password(int argc, char **argv);
int cmd_journal(int argc, char **argv);
int cmd_load(int argc, char **argv);
int cmd_match(int argc, char **argv);
int cmd_recon(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_schema(int argc, char **argv);
int cmd_up(int argc, char **argv);

#endif
