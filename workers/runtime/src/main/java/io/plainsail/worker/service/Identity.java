package io.plainsail.worker.service;

import io.plainsail.contracts.wire.WireText;
import io.plainsail.contracts.wire.Worker;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/** Finds out who this process is. */
final class Identity {
    private static final Path KERNEL_NAME = Path.of("/proc/sys/kernel/hostname");

    private Identity() {}

    /** A new identity: every call names another instance. */
    static Worker of(WorkerService service, String configuredRelease) {
        String host = host();
        String random = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
        String instance = host + "-" + ProcessHandle.current().pid() + "-" + random;
        return new Worker(service.name(), instance, host, release(service, configuredRelease));
    }

    static String release(WorkerService service, String configured) {
        if (!configured.isBlank()) {
            return WireText.storable(configured.strip(), 100);
        }
        for (WorkerService.Handled handled : service.handled()) {
            String version = handled.handler().getClass().getPackage().getImplementationVersion();
            if (version != null && !version.isBlank()) {
                return WireText.storable(version, 100);
            }
        }
        return "dev";
    }

    /** The kernel's name for this machine: asking the resolver can take seconds where there is no DNS. */
    private static String host() {
        try {
            String name = Files.readString(KERNEL_NAME).strip();
            if (!name.isEmpty()) {
                return WireText.storable(name, 100);
            }
        } catch (IOException notLinux) {
            // Another system: the resolver knows.
        }
        try {
            return WireText.storable(InetAddress.getLocalHost().getHostName(), 100);
        } catch (IOException unnamed) {
            return "localhost";
        }
    }
}
