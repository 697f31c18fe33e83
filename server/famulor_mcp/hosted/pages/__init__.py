"""The pages that people see: the landing page, the page that asks for the key, and what went wrong.

One design, in English and German, without a request to anywhere else and without inline code.
"""

from famulor_mcp.hosted.pages.consent import Consent, Problem
from famulor_mcp.hosted.pages.pages import Pages
from famulor_mcp.hosted.pages.site import Site

__all__ = ["Consent", "Pages", "Problem", "Site"]
