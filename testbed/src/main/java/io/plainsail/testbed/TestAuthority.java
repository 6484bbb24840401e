package io.plainsail.testbed;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * An authority of one's own that signs certificates for servers under test: with the JDK's {@code keytool}, as PEM files in
 * a directory of the test's. About a second for each. Not thread-safe.
 */
public final class TestAuthority {
    private static final String PASSWORD = "only-for-tests";
    private static final String AUTHORITY = "authority";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private final Path directory;
    private int issued;

    private TestAuthority(Path directory) {
        this.directory = directory;
    }

    /**
     * A certificate and its key.
     *
     * @param certFile the certificate and its authority's, PEM
     * @param keyFile PKCS#8, PEM, unencrypted
     */
    public record Issued(Path certFile, Path keyFile) {}

    /** @param directory is there, and holds no other authority */
    public static TestAuthority in(Path directory) {
        TestAuthority authority = new TestAuthority(directory);
        authority.keytool(
                "-genkeypair", "-alias", AUTHORITY, "-keyalg", "EC", "-dname", "CN=An authority", "-ext", "bc:c");
        authority.write("ca.pem", authority.pem("CERTIFICATE", authority.encoded(AUTHORITY, false)));
        return authority;
    }

    /** The authority's certificate, PEM. */
    public Path caFile() {
        return directory.resolve("ca.pem");
    }

    /**
     * A certificate that is valid today.
     *
     * @param names such as {@code ip:127.0.0.1,dns:localhost}
     */
    public Issued issue(String names) {
        return issue(names, "EC", "-validity", "2");
    }

    /** The same with an RSA key. */
    public Issued issueRsa(String names) {
        return issue(names, "RSA", "-validity", "2");
    }

    /** A certificate whose time is over. */
    public Issued expired(String names) {
        return issue(names, "EC", "-startdate", "-10d", "-validity", "5");
    }

    private Issued issue(String names, String algorithm, String... validity) {
        String alias = "server-" + ++issued;
        List<String> arguments = new ArrayList<>(List.of(
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                algorithm,
                "-dname",
                "CN=" + alias,
                "-ext",
                "san=" + names,
                "-signer",
                AUTHORITY));
        arguments.addAll(List.of(validity));
        keytool(arguments.toArray(new String[0]));
        String chain = pem("CERTIFICATE", encoded(alias, false)) + read(caFile());
        return new Issued(
                write(alias + ".pem", chain), write(alias + ".key", pem("PRIVATE KEY", encoded(alias, true))));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new TestbedException(file + " cannot be read", e);
        }
    }

    private byte[] encoded(String alias, boolean key) {
        try (InputStream in = Files.newInputStream(store())) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, PASSWORD.toCharArray());
            if (key) {
                return keys.getKey(alias, PASSWORD.toCharArray()).getEncoded();
            }
            Certificate certificate = keys.getCertificate(alias);
            return certificate.getEncoded();
        } catch (IOException | GeneralSecurityException e) {
            throw new TestbedException(store() + " cannot be read", e);
        }
    }

    private String pem(String label, byte[] content) {
        return "-----BEGIN " + label + "-----\n" + LINES.encodeToString(content) + "\n-----END " + label + "-----\n";
    }

    private Path write(String name, String content) {
        try {
            return Files.writeString(directory.resolve(name), content);
        } catch (IOException e) {
            throw new TestbedException(name + " cannot be written into " + directory, e);
        }
    }

    private Path store() {
        return directory.resolve("authority.p12");
    }

    private void keytool(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storetype", "PKCS12", "-keystore", store().toString(), "-storepass", PASSWORD));
        Processes.run(new ProcessBuilder(command), PATIENCE);
    }
}
