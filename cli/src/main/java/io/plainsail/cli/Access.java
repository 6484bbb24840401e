package io.plainsail.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;

/**
 * Which facade, with which key, and whom to trust. Each comes from the first that says it: the option, the environment,
 * the profile. Where none of them says which facade, it is the one that {@code dev} runs on this machine, with its key.
 *
 * @param key empty for none
 * @param trust for https, if not Java's own
 */
record Access(URI url, String key, Optional<SSLContext> trust) {
    static final String URL = "PLAINSAIL_URL";
    static final String API_KEY = "PLAINSAIL_API_KEY";
    static final String API_KEY_FILE = "PLAINSAIL_API_KEY_FILE";
    static final String CA_FILE = "PLAINSAIL_CA_FILE";
    static final String PROFILE = "PLAINSAIL_PROFILE";

    /** Set by the launcher of a source tree: where {@code dev} there has its key. */
    static final String DEV_KEY_FILE = "PLAINSAIL_DEV_KEY_FILE";

    private static final String DEFAULT_URL = "http://127.0.0.1:8080";
    private static final Set<String> FIELDS = Set.of("url", "key", "keyFile", "caFile", "project", "inventory");
    private static final long MAX_KEY_FILE = 10_000;

    /**
     * @param url as given by option; empty if not
     * @param profile as given by option; empty if not
     */
    static Access of(String url, String profile, Surroundings around) {
        JsonNode chosen = profile(first(profile, around.variable(PROFILE)), around);
        String named = first(url, around.variable(URL), chosen.path("url").asText());
        String address = first(named, DEFAULT_URL);
        String key = around.variable(API_KEY);
        String keyFile = around.variable(API_KEY_FILE);
        if (key.isEmpty()) {
            key = keyFile.isEmpty() ? key(chosen, around) : keyIn(Path.of(keyFile), around);
        }
        if (key.isEmpty() && named.isEmpty()) {
            key = keyOfDev(around);
        }
        String caFile = around.variable(CA_FILE);
        Optional<SSLContext> trust = Optional.empty();
        if (!caFile.isEmpty()) {
            trust = Optional.of(Trust.in(Path.of(caFile)));
        } else if (chosen.has("caFile")) {
            trust = Optional.of(Trust.in(beside(chosen.get("caFile").asText(), around)));
        }
        Access access = new Access(uri(address), key, trust);
        if (!key.isEmpty() && "http".equals(access.url().getScheme()) && !isHere(access.url())) {
            around.err()
                    .println(Harmless.line("plainsail: the API key goes to " + address + " in the clear: use https"));
        }
        return access;
    }

    /** A field of the profile that is no matter of access, if neither option nor environment says it. */
    static String setting(
            String given, String variable, String field, String otherwise, String profile, Surroundings around) {
        JsonNode chosen = profile(first(profile, around.variable(PROFILE)), around);
        return first(given, around.variable(variable), chosen.path(field).asText(), otherwise);
    }

    private static String first(String... given) {
        for (String one : given) {
            if (!one.isEmpty()) {
                return one;
            }
        }
        return "";
    }

    private static URI uri(String address) {
        try {
            return URI.create(address);
        } catch (IllegalArgumentException e) {
            throw new UsageException("the facade's address is \"" + address + "\": no URL", e);
        }
    }

    private static boolean isHere(URI url) {
        String host = url.getHost();
        if (host == null) {
            return true; // Told soon.
        }
        boolean literal = host.startsWith("[") || host.matches("[0-9.]+");
        try {
            return host.equals("localhost")
                    || (literal && InetAddress.getByName(host).isLoopbackAddress());
        } catch (UnknownHostException e) {
            return false;
        }
    }

    static Path file(Surroundings around) {
        String configured = around.variable("XDG_CONFIG_HOME");
        Path directory = configured.isEmpty() ? around.home().resolve(".config") : Path.of(configured);
        return directory.resolve("plainsail").resolve("config.yaml");
    }

    /** The profile of that name, or the default one; missing if there is none. */
    private static JsonNode profile(String named, Surroundings around) {
        Path file = file(around);
        if (!Files.exists(file)) {
            if (!named.isEmpty()) {
                throw new UsageException("profile \"" + named + "\": there is no " + file);
            }
            return com.fasterxml.jackson.databind.node.MissingNode.getInstance();
        }
        JsonNode config = read(file);
        refuseUnknown(file, "", config, Set.of("default", "profiles"));
        String name = first(named, config.path("default").asText());
        JsonNode profiles = config.path("profiles");
        if (name.isEmpty()) {
            return com.fasterxml.jackson.databind.node.MissingNode.getInstance();
        }
        JsonNode profile = profiles.path(name);
        if (!profile.isObject()) {
            Set<String> known = new TreeSet<>();
            profiles.fieldNames().forEachRemaining(known::add);
            throw new UsageException("profile \"" + name + "\" is not in " + file + ": known are " + known);
        }
        refuseUnknown(file, "profiles." + name + ".", profile, FIELDS);
        if (profile.has("key")) {
            warnIfShared(file, around);
        }
        return profile;
    }

    private static JsonNode read(Path file) {
        try {
            JsonNode config = new YAMLMapper().readTree(Files.readAllBytes(file));
            if (config == null || !config.isObject()) {
                throw new UsageException(file + ": must be a mapping with profiles");
            }
            return config;
        } catch (IOException e) {
            throw new UsageException(file + " cannot be read as YAML: " + e.getMessage(), e);
        }
    }

    private static void refuseUnknown(Path file, String place, JsonNode node, Set<String> known) {
        node.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                throw new UsageException(file + ": " + place + name + " is unknown; known are " + new TreeSet<>(known));
            }
        });
    }

    private static String key(JsonNode profile, Surroundings around) {
        if (!profile.has("keyFile")) {
            return profile.path("key").asText().strip();
        }
        return keyIn(beside(profile.get("keyFile").asText(), around), around);
    }

    /** A path as the configuration has it: below the user's home, beside the configuration, or absolute. */
    private static Path beside(String named, Surroundings around) {
        return named.startsWith("~/")
                ? around.home().resolve(named.substring(2))
                : file(around).resolveSibling(named);
    }

    private static String keyIn(Path file, Surroundings around) {
        warnIfShared(file, around);
        try {
            if (Files.size(file) > MAX_KEY_FILE) {
                throw new UsageException("keyFile " + file + " is longer than any key");
            }
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UsageException("keyFile " + file + " cannot be read: " + e, e);
        }
    }

    /** Of the facade that nobody had to name, and for no other. */
    private static String keyOfDev(Surroundings around) {
        String file = around.variable(DEV_KEY_FILE);
        return file.isEmpty() || !Files.isReadable(Path.of(file)) ? "" : keyIn(Path.of(file), around);
    }

    private static void warnIfShared(Path file, Surroundings around) {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            permissions.removeAll(Set.of(
                    PosixFilePermission.OWNER_READ,
                    PosixFilePermission.OWNER_WRITE,
                    PosixFilePermission.OWNER_EXECUTE));
            if (!permissions.isEmpty()) {
                around.err()
                        .println(Harmless.line(
                                "plainsail: " + file + " holds a key, and others may read it: chmod 600"));
            }
        } catch (IOException | UnsupportedOperationException e) {
            // Not there, which is told by whoever reads it; or a system without such permissions.
        }
    }

    @Override
    public String toString() {
        return "Access[url=" + url + ", key=" + (key.isEmpty() ? "none" : "[REDACTED]") + "]";
    }
}
