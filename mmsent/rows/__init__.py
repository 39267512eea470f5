"""How the command line scores rows, a module a task; ``mmsent.tasks.Rows`` says what each holds."""
