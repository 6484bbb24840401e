package io.plainsail.workers.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPolicyTest {
    private final AddressPolicy closed = new AddressPolicy(List.of(), List.of(), address -> false);

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, unspecified",
        "0.255.255.255, unspecified",
        "10.0.0.0, private",
        "10.255.255.255, private",
        "100.64.0.0, shared (CGNAT)",
        "100.100.100.200, shared (CGNAT)",
        "100.127.255.255, shared (CGNAT)",
        "127.0.0.1, loopback",
        "127.255.255.255, loopback",
        "168.63.129.16, Azure platform",
        "169.254.0.0, link-local",
        "169.254.169.254, link-local",
        "172.16.0.0, private",
        "172.31.255.255, private",
        "192.0.0.0, protocol assignments",
        "192.0.0.255, protocol assignments",
        "192.0.2.1, documentation",
        "192.88.99.1, 6to4 relay",
        "192.168.0.0, private",
        "192.168.255.255, private",
        "198.18.0.0, benchmark",
        "198.19.255.255, benchmark",
        "198.51.100.1, documentation",
        "203.0.113.1, documentation",
        "224.0.0.1, multicast",
        "239.255.255.255, multicast",
        "240.0.0.1, reserved",
        "255.255.255.254, reserved",
        "255.255.255.255, broadcast",
        "::, unspecified",
        "::1, loopback",
        "::2, IPv4-compatible",
        "::7f00:1, IPv4-compatible",
        "64:ff9b::7f00:1, NAT64",
        "64:ff9b::808:808, NAT64",
        "64:ff9b:1::1, NAT64",
        "64:ff9b:2::1, not global unicast",
        "100::1, discard-only",
        "2001::1, Teredo",
        "2001:0:ffff::1, Teredo",
        "2001:2::1, benchmark",
        "2001:10::1, protocol assignments",
        "2001:20::1, protocol assignments",
        "2001:1ff:ffff::1, protocol assignments",
        "2001:db8::1, documentation",
        "2002:7f00:1::1, 6to4",
        "2002:808:808::1, 6to4",
        "3fff::1, documentation",
        "3fff:fff::1, documentation",
        "4000::1, not global unicast",
        "5f00::1, segment routing",
        "fc00::1, unique local",
        "fd00:ec2::254, unique local",
        "fe80::1, link-local",
        "febf::1, link-local",
        "fec0::1, site-local",
        "ff02::1, multicast",
        "1fff::1, not global unicast",
        "e000::1, not global unicast"
    })
    void forbiddenRangesAreRefusedByName(String address, String rule) throws Exception {
        assertThat(closed.refusal(InetAddress.getByName(address)).orElse("allowed"))
                .startsWith(rule + " (");
    }

    @ParameterizedTest
    @CsvSource({
        "00000000000000000000ffff7f000001",
        "00000000000000000000ffff0a000001",
        "00000000000000000000ffff08080808"
    })
    void mappedAddressesAreRefusedWhateverTheyMap(String hex) throws Exception {
        assertThat(closed.refusal(ipv6(hex))).hasValue("IPv4-mapped (::ffff:0:0/96)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.0",
                "168.63.129.17",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "191.255.255.255",
                "192.0.1.0",
                "192.0.3.0",
                "192.167.255.255",
                "192.169.0.0",
                "198.17.255.255",
                "198.20.0.0",
                "223.255.255.255",
                "2001:200::1",
                "2001:4860:4860::8888",
                "2003::1",
                "2606:4700::1",
                "3ffe::1",
                "3fff:1000::1"
            })
    void publicAddressesBesideThemAreAllowed(String address) throws Exception {
        assertThat(closed.refusal(InetAddress.getByName(address))).isEmpty();
    }

    @Test
    void allowedRangesOpenExactlyThemselves() throws Exception {
        AddressPolicy policy = new AddressPolicy(List.of(Cidr.of("10.1.0.0/16")), List.of(), address -> false);
        assertThat(policy.refusal(InetAddress.getByName("10.1.2.3"))).isEmpty();
        assertThat(policy.refusal(InetAddress.getByName("10.2.0.0"))).isPresent();
        assertThat(policy.refusal(ipv6("00000000000000000000ffff0a010203")))
                .as("an IPv4 range does not open its mapped form")
                .isPresent();
    }

    @Test
    void deniedRangesWinOverAllowedOnes() throws Exception {
        AddressPolicy policy =
                new AddressPolicy(List.of(Cidr.of("0.0.0.0/0")), List.of(Cidr.of("1.1.1.0/24")), address -> false);
        assertThat(policy.refusal(InetAddress.getByName("1.1.1.1"))).hasValue("denied by configuration (1.1.1.0/24)");
        assertThat(policy.refusal(InetAddress.getByName("1.1.2.1"))).isEmpty();
    }

    @Test
    void ownPublicAddressIsRefused() throws Exception {
        InetAddress own = InetAddress.getByName("8.8.4.4");
        assertThat(new AddressPolicy(List.of(), List.of(), own::equals).refusal(own))
                .hasValue("the worker's own machine");
        assertThat(new AddressPolicy(List.of(Cidr.of("8.8.4.4/32")), List.of(), own::equals).refusal(own))
                .isEmpty();
    }

    @Test
    void addressesOfThisMachineAreKnownAsItsOwn() throws Exception {
        assertThat(AddressPolicy.isOnAnInterfaceOfThisMachine(InetAddress.getLoopbackAddress()))
                .isTrue();
        assertThat(AddressPolicy.isOnAnInterfaceOfThisMachine(InetAddress.getByName("1.1.1.1")))
                .isFalse();
    }

    private static InetAddress ipv6(String hex) throws UnknownHostException {
        return Inet6Address.getByAddress(null, HexFormat.of().parseHex(hex), -1);
    }
}
