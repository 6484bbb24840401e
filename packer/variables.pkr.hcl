variable "service" {
  type        = string
  description = "What the image is for: base, vagrant (base with Vagrant's user), or a service such as facade or worker-document."
  default     = "base"

  validation {
    condition     = regex_replace(var.service, "^(base|vagrant|facade|worker-[a-z][a-z0-9-]*)$", "") == ""
    error_message = "The service must be base, vagrant, facade or worker-NAME."
  }
}

variable "release" {
  type        = string
  description = "Version of the service's package; empty: the only one that packages_directory holds."
  default     = ""
}

variable "packages_directory" {
  type        = string
  description = "Where ./plainsail build put the packages."
  default     = "dist"
}

variable "output_directory" {
  type        = string
  description = "Where the build writes its files. It must not be there before."
}

# --- QEMU ---

variable "iso_url" {
  type        = string
  description = "Disk to begin with: what packer/disk made, an image baked before, or the distribution's cloud image."
  default     = "https://cloud.debian.org/images/cloud/trixie/latest/debian-13-genericcloud-amd64.qcow2"
}

variable "iso_checksum" {
  type        = string
  description = "Checksum of that disk, as sha256:… or file:URL."
  default     = "file:https://cloud.debian.org/images/cloud/trixie/latest/SHA512SUMS"
}

variable "accelerator" {
  type        = string
  description = "How QEMU runs the guest: kvm, or tcg where there is no hardware for it."
  default     = "kvm"

  validation {
    condition     = contains(["kvm", "tcg"], var.accelerator)
    error_message = "The accelerator must be kvm or tcg."
  }
}

variable "disk_size" {
  type        = string
  description = "Size of the disk as the guest sees it."
  default     = "8G"
}

variable "ssh_private_key_file" {
  type        = string
  description = "Private half of a key for this build alone, which root of the guest lets in."
  default     = ""
}

variable "ssh_public_key_base64" {
  type        = string
  description = "Its public half in Base64: the guest gets it from QEMU as a systemd credential."
  default     = ""
}

# --- Clouds: each needs what it is asked for; credentials come from the environment, as each provider's tools have it. ---

variable "aws_region" {
  type        = string
  description = "Region in which the AMI is built."
  default     = "eu-central-1"
}

variable "aws_offline" {
  type        = bool
  description = "Validates without asking AWS whether region and credentials exist."
  default     = false
}

variable "azure_subscription" {
  type        = string
  description = "Subscription of the image; empty: that of the Azure command line's login."
  default     = ""
}

variable "azure_client" {
  type        = string
  description = "Service principal that builds."
  default     = ""
}

variable "azure_client_secret" {
  type        = string
  description = "Its secret."
  default     = ""
  sensitive   = true
}

variable "azure_tenant" {
  type        = string
  description = "Its tenant."
  default     = ""
}

variable "azure_resource_group" {
  type        = string
  description = "Resource group that gets the image."
  default     = "plainsail-images"
}

variable "azure_location" {
  type        = string
  description = "Where the machine is built."
  default     = "westeurope"
}

variable "google_project" {
  type        = string
  description = "Project that gets the image."
  default     = ""
}

variable "google_zone" {
  type        = string
  description = "Zone in which the machine is built."
  default     = "europe-west3-a"
}

variable "google_account_file" {
  type        = string
  description = "Service account's file; empty: the application's default credentials."
  default     = ""
}

variable "hcloud_token" {
  type        = string
  description = "Token of the project."
  default     = ""
  sensitive   = true
}

variable "hcloud_location" {
  type        = string
  description = "Where the machine is built."
  default     = "nbg1"
}

variable "openstack_flavor" {
  type        = string
  description = "Flavor of the machine that builds."
  default     = "m1.small"
}

variable "openstack_network" {
  type        = string
  description = "Id of the network from which the machine reaches Debian's archive."
  default     = ""
}

variable "proxmox_url" {
  type        = string
  description = "Address of the API, such as https://pve.example.com:8006/api2/json."
  default     = ""
}

variable "proxmox_username" {
  type        = string
  description = "User or token, such as packer@pve!bake."
  default     = ""
}

variable "proxmox_token" {
  type        = string
  description = "Password or token."
  default     = ""
  sensitive   = true
}

variable "proxmox_node" {
  type        = string
  description = "Node that builds."
  default     = "pve"
}

variable "proxmox_template" {
  type        = string
  description = "Template with Debian and cloud-init that is cloned."
  default     = "debian-13"
}
