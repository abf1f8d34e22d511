"""The command `gan evaluate`: reads samples, measures metrics, draws pictures."""
