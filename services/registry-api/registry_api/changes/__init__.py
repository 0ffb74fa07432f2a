"""`/v1/changes`: the registry's feed rendered for its caller, so that whoever has a file stays current without a file.

Names come from the register's own history at read time, by the caller's rights; the events themselves hold none.
Serves plan measures 20 and 21: other systems of the province and the public portal follow the register.
"""
