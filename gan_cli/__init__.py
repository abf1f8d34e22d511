"""gan: a laboratory for the balance between a GAN's generator and discriminator."""

__version__ = "0.1.0"
