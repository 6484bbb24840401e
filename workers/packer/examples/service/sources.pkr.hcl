source "qemu" "service" {
  accelerator      = var.accelerator
  disk_image       = true
  iso_url          = var.iso_url
  iso_checksum     = var.iso_checksum
  disk_size        = "${var.disk_size}M"
  format           = "qcow2"
  vm_name          = "service-${var.release}.qcow2"
  output_directory = var.output_directory
  headless         = true
  cpus             = 2
  memory           = 1024
  ssh_username     = var.ssh_username
  ssh_password     = var.ssh_password
  ssh_timeout      = "20m"
  shutdown_command = "systemctl poweroff"
}
