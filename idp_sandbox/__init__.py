"""The identity provider of the school, without the school: it vouches for nobody who exists."""

import warnings

warnings.filterwarnings("ignore", module="saml2")  # of its own imports
