"""Law firms: established, changed, ended, merged; read with their history. Serves M05 (规模) and the basis of H1."""
