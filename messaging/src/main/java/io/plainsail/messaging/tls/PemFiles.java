package io.plainsail.messaging.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Certificates and keys as they lie about: PEM files of at most a mebibyte. Everything is read anew with each call, since
 * certificates are renewed. Messages name the file and never show a key. Thread-safe.
 */
public final class PemFiles {
    private static final int MAX_BYTES = 1024 * 1024;
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");
    private static final String CERTIFICATE = "CERTIFICATE";
    private static final String KEY = "PRIVATE KEY";
    private static final String ALIAS = "own";

    /** For key stores in memory, which want one. */
    private static final char[] PASSWORD = "in-memory".toCharArray();

    private PemFiles() {}

    /**
     * Who one is.
     *
     * @param store holds the key and its certificate, nothing else
     * @param certificate the first of the chain
     */
    public record Identity(KeyStore store, X509Certificate certificate) {
        /** What the store's key is kept under. It guards nothing: the store is in memory only. */
        public String password() {
            return new String(PASSWORD);
        }
    }

    /**
     * Trusts these authorities and no others.
     *
     * @param caFile certificates in PEM
     * @throws IllegalArgumentException if it cannot be read, or holds no certificate
     */
    public static SSLContext trusting(Path caFile) {
        List<X509Certificate> authorities = certificates(caFile);
        try {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            for (X509Certificate authority : authorities) {
                trusted.setCertificateEntry("authority-" + trusted.size(), authority);
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException(caFile + " cannot be used as certificates: " + e.getMessage(), e);
        }
    }

    /**
     * A certificate with the chain that leads to its authority, and its key.
     *
     * @param certFile the certificate first, then those between it and the authority
     * @param keyFile one unencrypted PKCS#8 key: RSA, EC or EdDSA
     * @throws IllegalArgumentException if a file cannot be read, holds something else, or the two do not belong together
     */
    public static Identity identity(Path certFile, Path keyFile) {
        List<X509Certificate> chain = certificates(certFile);
        PublicKey known = chain.get(0).getPublicKey();
        PrivateKey key = key(keyFile, known.getAlgorithm());
        try {
            if (!belongTogether(key, known)) {
                throw new IllegalArgumentException(keyFile + " is not the key of the first certificate in " + certFile
                        + ": nobody could be served");
            }
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry(ALIAS, key, PASSWORD, chain.toArray(new X509Certificate[0]));
            return new Identity(store, chain.get(0));
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException(
                    certFile + " and " + keyFile + " cannot be used together: " + e.getMessage(), e);
        }
    }

    /** Never empty. */
    static List<X509Certificate> certificates(Path file) {
        List<X509Certificate> found = new ArrayList<>();
        for (Block block : blocks(file)) {
            if (block.label().equals(CERTIFICATE)) {
                try {
                    found.add((X509Certificate) CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(block.content())));
                } catch (CertificateException e) {
                    throw new IllegalArgumentException(
                            file + ": its certificate number " + (found.size() + 1) + " cannot be read: "
                                    + e.getMessage(),
                            e);
                }
            }
        }
        if (found.isEmpty()) {
            throw new IllegalArgumentException(
                    file + " holds no certificate: it must hold -----BEGIN CERTIFICATE----- (PEM)");
        }
        return found;
    }

    private static PrivateKey key(Path file, String algorithm) {
        List<String> others = new ArrayList<>();
        for (Block block : blocks(file)) {
            if (block.label().equals(KEY)) {
                try {
                    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(block.content()));
                } catch (GeneralSecurityException e) {
                    // Neither as a cause nor in the message: it may repeat what it could not read.
                    throw new IllegalArgumentException(file + " holds no " + algorithm
                            + " key, which is what its certificate was made for, or holds a broken one");
                }
            }
            others.add(block.label());
        }
        throw new IllegalArgumentException(file + " holds no unencrypted PKCS#8 key (-----BEGIN PRIVATE KEY-----)"
                + (others.isEmpty()
                        ? ""
                        : " but " + others + "; openssl pkcs8 -topk8 -nocrypt -in IT -out NEW makes one"));
    }

    /** One part of a PEM file. */
    private record Block(String label, byte[] content) {}

    private static List<Block> blocks(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IllegalArgumentException(file + " is longer than " + MAX_BYTES + " bytes");
            }
            Matcher matcher = BLOCK.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
            List<Block> blocks = new ArrayList<>();
            while (matcher.find()) {
                blocks.add(new Block(matcher.group(1), Base64.getMimeDecoder().decode(matcher.group(2))));
            }
            return blocks;
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be read: " + e, e);
        }
    }

    private static boolean belongTogether(PrivateKey key, PublicKey certified) throws GeneralSecurityException {
        String algorithm =
                switch (key.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> key.getAlgorithm();
                };
        byte[] sample = "whose".getBytes(StandardCharsets.US_ASCII);
        Signature signing = Signature.getInstance(algorithm);
        signing.initSign(key);
        signing.update(sample);
        byte[] signature = signing.sign();
        Signature verifying = Signature.getInstance(algorithm);
        verifying.initVerify(certified);
        verifying.update(sample);
        return verifying.verify(signature);
    }
}
