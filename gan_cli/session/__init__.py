"""One run from its config to its end: between the verbs and the layers that know nothing of configs."""
