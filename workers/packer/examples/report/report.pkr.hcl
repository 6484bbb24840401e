# Needs no virtual machine: shows what the worker passes in and what it keeps.

variable "release" {
  type        = string
  description = "Text in the file that is built."

  validation {
    condition     = length(var.release) > 0
    error_message = "The release must not be empty."
  }
}

variable "output_directory" {
  type        = string
  description = "Where the build writes its files; the worker sets it."
}

source "file" "report" {
  content = "release ${var.release}\n"
  target  = "${var.output_directory}/report.txt"
}

build {
  sources = ["source.file.report"]

  provisioner "shell-local" {
    inline = ["printf 'base-files 1\\n' > '${var.output_directory}/packages.txt'"]
  }
}
