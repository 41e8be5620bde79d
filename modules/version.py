"""The version of ppp, in one place: the package, `process.json`, weights and the wheel all say it."""

__version__ = "0.1.0"
