build {
  sources = [
    "source.qemu.image",
    "source.amazon-ebs.image",
    "source.azure-arm.image",
    "source.googlecompute.image",
    "source.hcloud.image",
    "source.openstack.image",
    "source.proxmox-clone.image",
  ]

  # The same roles that roll the services out.
  provisioner "ansible" {
    playbook_file    = "${path.root}/../ansible/bake.yml"
    user             = build.User
    use_proxy        = false
    host_alias       = "image"
    ansible_env_vars = ["ANSIBLE_CONFIG=${path.root}/../ansible/ansible.cfg", "ANSIBLE_HOST_KEY_CHECKING=False", "ANSIBLE_NOCOLOR=1"]
    extra_arguments = [
      "--extra-vars",
      "bake_service=${var.service} plainsail_packages_dir=${abspath(var.packages_directory)} plainsail_release=${var.release}",
    ]
  }

  provisioner "shell" {
    inline = ["dpkg-query --show >/tmp/packages.txt"]
  }

  provisioner "shell-local" {
    inline = ["mkdir -p '${var.output_directory}'"]
  }

  provisioner "file" {
    direction   = "download"
    source      = "/tmp/packages.txt"
    destination = "${var.output_directory}/packages.txt"
  }

  # The last thing that happens to an image: whatever belongs to this one machine goes, and is looked for.
  provisioner "file" {
    source      = "${path.root}/hygiene"
    destination = "/tmp/hygiene"
  }

  provisioner "shell" {
    script          = "${path.root}/seal"
    skip_clean      = true
    execute_command = "chmod +x {{ .Path }}; {{ .Vars }} sudo --preserve-env=PLAINSAIL_SERVICE,PLAINSAIL_BUILD_USER {{ .Path }}"
    environment_vars = [
      "PLAINSAIL_SERVICE=${var.service}",
      "PLAINSAIL_BUILD_USER=${build.User}",
    ]
  }
}
