# Values of the right form for `packer validate`, which asks no provider.
aws_offline         = true
azure_subscription  = "00000000-0000-0000-0000-000000000000"
azure_client        = "00000000-0000-0000-0000-000000000000"
azure_client_secret = "not-a-secret"
azure_tenant        = "00000000-0000-0000-0000-000000000000"
google_project      = "plainsail-images"
hcloud_token        = "0000000000000000000000000000000000000000000000000000000000000000"
proxmox_url         = "https://pve.example.com:8006/api2/json"
proxmox_username    = "packer@pve"
proxmox_token       = "not-a-secret"
