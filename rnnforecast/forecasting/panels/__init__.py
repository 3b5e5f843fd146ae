"""Data as forecasters see them: pandas becomes a panel, panels are cut and filled, answers become pandas again."""
