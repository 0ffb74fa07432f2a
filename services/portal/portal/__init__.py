"""The portal: pages for the public, lawyers, officers and operators. A client of the services like any other."""
