"""A simulated district: stateful devices that speak real SSH, and the links between them.

The lab is the judge of the product, so it shares nothing with it but the syntax module
(``platforms.routeros.syntax``) and the schema *data*: what the data mean is worked out here anew.
"""
