variable "release" {
  type        = string
  description = "Release of the service that the image holds, such as 1.4.2."

  validation {
    condition     = length(split(".", var.release)) == 3
    error_message = "The release must be three numbers with dots between them."
  }
}

variable "output_directory" {
  type        = string
  description = "Where the build writes its files; the worker sets it. It is not there when the build begins."
}

variable "accelerator" {
  type        = string
  description = "How QEMU runs the guest: kvm, or tcg where there is no hardware for it. Fixed by the worker's configuration."
  default     = "kvm"

  validation {
    condition     = contains(["kvm", "tcg"], var.accelerator)
    error_message = "The accelerator must be kvm or tcg."
  }
}

variable "iso_url" {
  type        = string
  description = "Address of the base disk, such as the distribution's cloud image."
  default     = "https://cloud.debian.org/images/cloud/trixie/latest/debian-13-generic-amd64.qcow2"
}

variable "iso_checksum" {
  type        = string
  description = "Checksum of the base disk."
  default     = "file:https://cloud.debian.org/images/cloud/trixie/latest/SHA512SUMS"
}

variable "disk_size" {
  type        = number
  description = "Size of the disk in MiB."
  default     = 8192
}

variable "ssh_username" {
  type        = string
  description = "User that the base disk lets in."
  default     = "root"
}

variable "ssh_password" {
  type        = string
  description = "Its password, a secret of the worker's."
  sensitive   = true
}
