# Every source begins with Debian 13 and ends as an image named plainsail-SERVICE; what is between stands in build.pkr.hcl.
locals {
  name  = "plainsail-${var.service}"
  stamp = formatdate("YYYYMMDDhhmmss", timestamp())
}

source "qemu" "image" {
  accelerator          = var.accelerator
  disk_image           = true
  iso_url              = var.iso_url
  iso_checksum         = var.iso_checksum
  disk_size            = var.disk_size
  disk_interface       = "virtio"
  disk_cache           = "unsafe"
  disk_discard         = "unmap"
  disk_detect_zeroes   = "unmap"
  disk_compression     = true
  format               = "qcow2"
  vm_name              = "${local.name}.qcow2"
  output_directory     = var.output_directory
  headless             = true
  boot_wait            = "1s"
  cpus                 = 2
  memory               = 1024
  net_device           = "virtio-net"
  ssh_username         = "root"
  ssh_private_key_file = var.ssh_private_key_file
  ssh_timeout          = "20m"
  shutdown_command     = "systemctl poweroff"
  shutdown_timeout     = "10m"

  qemuargs = [
    ["-cpu", var.accelerator == "kvm" ? "host" : "qemu64"],
    ["-device", "virtio-rng-pci"],
    ["-device", "virtio-net,netdev=user.0"],
    ["-smbios", "type=11,value=io.systemd.credential.binary:ssh.authorized_keys.root=${var.ssh_public_key_base64}"],
  ]
}

source "amazon-ebs" "image" {
  region                      = var.aws_region
  ami_name                    = "${local.name}-${local.stamp}"
  instance_type               = "t3.small"
  ssh_username                = "admin"
  skip_metadata_api_check     = var.aws_offline
  skip_region_validation      = var.aws_offline
  skip_credential_validation  = var.aws_offline
  associate_public_ip_address = true
  encrypt_boot                = true

  source_ami_filter {
    filters = {
      name                = "debian-13-amd64-*"
      root-device-type    = "ebs"
      virtualization-type = "hvm"
    }
    owners      = ["136693071363"]
    most_recent = true
  }

  tags = {
    Name    = local.name
    service = var.service
  }
}

source "azure-arm" "image" {
  subscription_id                   = var.azure_subscription
  client_id                         = var.azure_client
  client_secret                     = var.azure_client_secret
  tenant_id                         = var.azure_tenant
  managed_image_resource_group_name = var.azure_resource_group
  managed_image_name                = "${local.name}-${local.stamp}"
  location                          = var.azure_location
  vm_size                           = "Standard_B2s"
  os_type                           = "Linux"
  image_publisher                   = "Debian"
  image_offer                       = "debian-13"
  image_sku                         = "13-gen2"
  ssh_username                      = "packer"
}

source "googlecompute" "image" {
  project_id              = var.google_project
  account_file            = var.google_account_file
  zone                    = var.google_zone
  source_image_family     = "debian-13"
  source_image_project_id = ["debian-cloud"]
  image_name              = "${local.name}-${local.stamp}"
  image_family            = local.name
  machine_type            = "e2-small"
  ssh_username            = "packer"
}

source "hcloud" "image" {
  token         = var.hcloud_token
  image         = "debian-13"
  location      = var.hcloud_location
  server_type   = "cx22"
  snapshot_name = "${local.name}-${local.stamp}"
  ssh_username  = "root"

  snapshot_labels = {
    service = var.service
  }
}

# It logs in (OS_AUTH_URL, OS_USERNAME … or OS_CLOUD) even to be validated.
source "openstack" "image" {
  image_name   = "${local.name}-${local.stamp}"
  flavor       = var.openstack_flavor
  networks     = [var.openstack_network]
  ssh_username = "debian"

  source_image_filter {
    filters {
      name = "debian-13"
    }
    most_recent = true
  }
}

source "proxmox-clone" "image" {
  proxmox_url   = var.proxmox_url
  username      = var.proxmox_username
  password      = var.proxmox_token
  node          = var.proxmox_node
  clone_vm      = var.proxmox_template
  template_name = "${local.name}-${local.stamp}"
  memory        = 2048
  cores         = 2
  ssh_username  = "debian"
}
