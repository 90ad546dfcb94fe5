"""What commands on a cluster give: frozen data, without logic, and never a secret value."""
