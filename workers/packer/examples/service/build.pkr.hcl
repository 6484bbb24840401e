build {
  sources = ["source.qemu.service"]

  provisioner "shell" {
    inline = [
      "dpkg-query --show > /tmp/packages.txt",
    ]
  }

  provisioner "file" {
    direction   = "download"
    source      = "/tmp/packages.txt"
    destination = "${var.output_directory}/packages.txt"
  }

  # An image is releasable only without what belongs to one machine alone.
  provisioner "shell" {
    inline = [
      "rm --force /tmp/packages.txt /etc/ssh/ssh_host_*",
      "truncate --size=0 /etc/machine-id",
      "find /var/log -type f -delete",
    ]
  }
}
