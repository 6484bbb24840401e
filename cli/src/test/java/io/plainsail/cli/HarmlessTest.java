package io.plainsail.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HarmlessTest {

    @Test
    void whatSteersATerminalIsShownAsWhatItIs() {
        assertThat(Harmless.line("a\u001b[2Jb")).isEqualTo("a\\u001b[2Jb");
        assertThat(Harmless.line("a\r\nb\tc\u007f\u009b\u2028"))
                .isEqualTo("a\\u000d\\u000ab\\u0009c\\u007f\\u009b\\u2028");
        assertThat(Harmless.line("\u202eevil\u2066\ufeff")).isEqualTo("\\u202eevil\\u2066\\ufeff");
        assertThat(Harmless.line("\ud83d alone \ude00")).isEqualTo("\\ud83d alone \\ude00");
    }

    @Test
    void textStaysAsItIs() {
        for (String text : new String[] {"", "Zoë Groß", "日本語", "👩‍🚀", "a\\u001b"}) {
            assertThat(Harmless.line(text)).isSameAs(text);
        }
        assertThat(Harmless.lines("a\n\tb")).isEqualTo("a\n\tb");
    }
}
