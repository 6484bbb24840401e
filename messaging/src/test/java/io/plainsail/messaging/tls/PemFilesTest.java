package io.plainsail.messaging.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.testbed.TestAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PemFilesTest {
    @TempDir
    static Path directory;

    private static TestAuthority authority;
    private static TestAuthority.Issued own;

    @BeforeAll
    static void issue() {
        authority = TestAuthority.in(directory);
        own = authority.issue("dns:localhost");
    }

    private static Path file(String name, String content) throws IOException {
        return Files.writeString(directory.resolve(name), content);
    }

    private static String block(String label, String content) {
        return "-----BEGIN " + label + "-----\n" + Base64.getEncoder().encodeToString(content.getBytes())
                + "\n-----END " + label + "-----\n";
    }

    @Test
    void keyAndChainAreOneIdentityWhateverElseStandsInTheFiles() throws Exception {
        Path certFile = file("chatty.pem", "Bag Attributes: friendlyName\r\n" + Files.readString(own.certFile()));
        Path keyFile = file("both.pem", Files.readString(own.certFile()) + Files.readString(own.keyFile()));
        PemFiles.Identity identity = PemFiles.identity(certFile, keyFile);
        String alias = identity.store().aliases().nextElement();
        assertThat(identity.store().getCertificateChain(alias)).hasSize(2);
        assertThat(identity.certificate().getSubjectX500Principal().getName()).isEqualTo("CN=server-1");
    }

    @Test
    void rsaIsReadToo() {
        TestAuthority.Issued rsa = authority.issueRsa("dns:localhost");
        assertThat(PemFiles.identity(rsa.certFile(), rsa.keyFile())
                        .certificate()
                        .getPublicKey()
                        .getAlgorithm())
                .isEqualTo("RSA");
        assertThatThrownBy(() -> PemFiles.identity(own.certFile(), rsa.keyFile()))
                .hasMessageContaining(rsa.keyFile() + " holds no EC key");
    }

    @Test
    void aKeyOfAnotherCertificateIsRefused() {
        TestAuthority.Issued other = authority.issue("dns:localhost");
        assertThatThrownBy(() -> PemFiles.identity(own.certFile(), other.keyFile()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        other.keyFile() + " is not the key of the first certificate in " + own.certFile());
    }

    @Test
    void whatIsNeitherIsRefusedByItsName() throws Exception {
        Path absent = directory.resolve("absent.pem");
        assertThatThrownBy(() -> PemFiles.trusting(absent)).hasMessageContaining(absent + " cannot be read");
        Path text = file("text.pem", "nothing");
        assertThatThrownBy(() -> PemFiles.trusting(text)).hasMessageContaining(text + " holds no certificate");
        Path half = file("half.pem", Files.readString(own.certFile()).substring(0, 300));
        assertThatThrownBy(() -> PemFiles.trusting(half)).hasMessageContaining(half + " holds no certificate");
        Path broken = file("broken.pem", block("CERTIFICATE", "nonsense"));
        assertThatThrownBy(() -> PemFiles.trusting(broken)).hasMessageContaining("certificate number 1");
        Path huge = file("huge.pem", "x".repeat(1024 * 1024 + 1));
        assertThatThrownBy(() -> PemFiles.trusting(huge)).hasMessageContaining("longer than");
    }

    @Test
    void aKeyInAnotherFormIsRefusedWithTheWayOutAndWithoutItself() throws Exception {
        Path old = file("old.pem", block("EC PRIVATE KEY", "s3cr3t"));
        assertThatThrownBy(() -> PemFiles.identity(own.certFile(), old))
                .hasMessageContaining("[EC PRIVATE KEY]; openssl pkcs8 -topk8");
        Path broken = file("brokenkey.pem", block("PRIVATE KEY", "s3cr3t"));
        assertThatThrownBy(() -> PemFiles.identity(own.certFile(), broken))
                .hasMessageContaining(broken + " holds no EC key")
                .hasMessageNotContaining("s3cr3t")
                .hasNoCause();
    }
}
