"""The command line, one file per command. torch is imported only inside the command that needs it."""
