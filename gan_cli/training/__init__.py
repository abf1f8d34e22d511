"""The training step of a GAN, the loop around it, checkpoints and optimizers."""
