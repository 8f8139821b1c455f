"""What the programs share: flags, ``--help``, exit codes, child processes."""
