"""How front-end files are served."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Statics(CompressedManifestStaticFilesStorage):
    """Scripts name each other by the same hashed names that pages use, so that a phone keeps and finds one of each."""

    support_js_module_import_aggregation = True
