package io.plainsail.workers.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.255.255, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "172.16.0.0/12, 172.31.255.255, true",
        "172.16.0.0/12, 172.32.0.0, false",
        "192.0.2.7/32, 192.0.2.7, true",
        "192.0.2.7/32, 192.0.2.6, false",
        "0.0.0.0/0, 203.0.113.9, true",
        "0.0.0.0/0, 2001:db8::1, false",
        "128.0.0.0/1, 128.0.0.0, true",
        "128.0.0.0/1, 127.255.255.255, false",
        "fc00::/7, fdff:ffff::1, true",
        "fc00::/7, fe00::1, false",
        "::/0, ::1, true",
        "::/0, 127.0.0.1, false"
    })
    void rangeHoldsItsAddresses(String range, String address, boolean inside) throws Exception {
        assertThat(Cidr.of(range).contains(InetAddress.getByName(address))).isEqualTo(inside);
    }

    @Test
    void mappedRangeIsOfIpv6() throws Exception {
        InetAddress mapped = java.net.Inet6Address.getByAddress(
                null, HexFormat.of().parseHex("00000000000000000000ffff7f000001"), -1);
        assertThat(Cidr.of("::ffff:0:0/96").contains(mapped)).isTrue();
        assertThat(Cidr.of("::ffff:127.0.0.0/104").contains(mapped)).isTrue();
        assertThat(Cidr.of("127.0.0.0/8").contains(mapped)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "10.0.0.0",
                "/8",
                "10.0.0.0/",
                "10.0.0.0/x",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.1/8",
                "::1/127",
                "::/129",
                "10.0/8",
                "256.0.0.0/8",
                "example.com/8",
                "1:2/16",
                "fe80::1%eth0/128"
            })
    void whatIsNoRangeIsRefused(String text) {
        assertThatThrownBy(() -> Cidr.of(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("range is \"" + text + "\": must be an address range");
    }

    @Test
    void equalRangesAreEqual() {
        assertThat(Cidr.of("::1/128"))
                .isEqualTo(Cidr.of("0:0:0:0:0:0:0:1/128"))
                .hasSameHashCodeAs(Cidr.of("0:0:0:0:0:0:0:1/128"))
                .isNotEqualTo(Cidr.of("::/128"));
    }
}
