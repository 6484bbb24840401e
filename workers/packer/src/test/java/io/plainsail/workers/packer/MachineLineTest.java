package io.plainsail.workers.packer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MachineLineTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1795448002,,ui,say,==> file.one: Running | '' | ui | say;==> file.one: Running",
                "1795448002,,ui,message,a%!(PACKER_COMMA)b%!(PACKER_COMMA) c | '' | ui | message;a,b, c",
                "1795448003,file.one,artifact,0,file,0,out/one.txt | file.one | artifact | 0;file;0;out/one.txt",
                "1795448003,file.one,artifact,0,end | file.one | artifact | 0;end",
                "1795448003,file.one,artifact,0,id, | file.one | artifact | 0;id;",
                "1795448340,null.n,error,no: 1.Allowed are [0] | null.n | error | no: 1.Allowed are [0]",
                "1,x%!(PACKER_COMMA)y,new-type,1 | x,y | new-type | 1",
                "1,,version-commit, | '' | version-commit | ''",
                "1,,bare | '' | bare | ",
            })
    void linesAreRead(String line, String target, String type, String data) {
        MachineLine read = MachineLine.parse(line).orElseThrow();
        assertThat(read.target()).isEqualTo(target);
        assertThat(read.type()).isEqualTo(type);
        assertThat(read.data()).isEqualTo(data == null ? List.of() : List.of(data.split(";", -1)));
    }

    @Test
    void endsOfLinesAreRestored() {
        MachineLine read = MachineLine.parse("1,,ui,error,\\n==> one\\r\\ntwo").orElseThrow();
        assertThat(read.value(1)).isEqualTo("\n==> one\r\ntwo");
        assertThat(read.value(7)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "text", "a,b,c", "1,2", "1,,", ",,ui,say,x", "-1,,ui", "panic: runtime error, index, out"})
    void whatIsNoSuchLineIsTold(String line) {
        assertThat(MachineLine.parse(line)).isEmpty();
    }

    @Test
    void aLineOfCommasIsBounded() {
        assertThat(MachineLine.parse("1,a,b" + ",".repeat(100_000))
                        .orElseThrow()
                        .data())
                .hasSizeLessThan(100);
    }
}
