"""What the complaint pages share: what the browser keeps sealed, the receipt's page, quick exit."""
