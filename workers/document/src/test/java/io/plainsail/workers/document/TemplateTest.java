package io.plainsail.workers.document;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.worker.JobFailedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {
    @Test
    void placeholdersSectionsAndLoopsAreFilledIn() {
        assertThat(html(FakeJob.html(
                                "{{a.b}}|{{#list}}{{n}}{{^-last}},{{/-last}}{{/list}}|{{#no}}x{{/no}}{{^no}}none{{/no}}|"
                                        + "{{#empty}}x{{/empty}}|{{nothing}}|{{#texts}}[{{.}}]{{/texts}}|{{up}}{{! told }}")
                        .data("{'a':{'b':'deep'},'list':[{'n':1},{'n':2.50},{'n':true}],'no':false,'empty':'',"
                                + "'nothing':null,'texts':['p','q'],'up':12345678901234567890}")))
                .contains("deep|1,2.50,true|none|||[p][q]|12345678901234567890");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "a\\nb {{missing}}; {{missing}} at template line 2 has no value",
                "\\n\\n{{customer.street}}; {{customer.street}} at template line 3 has no value",
                "{{#rows}}x{{/rows}}; {{rows}} at template line 1 has no value",
                "x\\n{{^rows}}x{{/rows}}; {{rows}} at template line 2 has no value",
                "{{#list}}\\n{{price}}\\n{{/list}}; {{price}} at template line 2 has no value",
                "{{customer}}; {{customer}} is an object, which cannot be written as text",
                "x\\n{{#list}}x; missing close tag 'list' at template line 2",
                "{{/list}}; no open tag 'list' at template line 1",
                "\\n{{#list}}{{/other}}; mismatched open tag",
                "a\\n{{}}; a tag is empty or broken at template line 2",
                "{{{a}}; at template line 1",
                "a\\n{{>header}}; {{>header}} at template line 2: partials are not supported",
                "{{#list}}{{> x/y }}{{/list}}; {{>x/y}} at template line 1: partials are not supported",
                "{{<base}}{{/base}}; parent templates are not supported",
                "{{$block}}x{{/block}}; blocks are not supported",
                "{{=<% %>=}}<%>inc%>; partials are not supported",
                "{{= =}}; at template line 1",
                "{{class.name}}; {{class}} at template line 1 has no value",
                "{{name.length}}; {{name.length}} at template line 1 has no value",
                "{{list.size}}; {{list.size}} at template line 1 has no value",
            })
    void wrongTemplateIsRefusedNamingWhatAndWhere(String template, String said) {
        JobFailedException refused = Rendered.refusal(FakeJob.markdown(template.replace("\\n", "\n"))
                .data("{'customer':{'name':'x'},'list':[{'n':1}],'name':'abc'}"));
        assertThat(refused.code()).isEqualTo("template");
        assertThat(refused).hasMessageContaining(said);
    }

    @Test
    void valueIsTextInHtml() {
        assertThat(html(FakeJob.html("<p title=\"{{v}}\">{{v}}</p>").data("{'v':'<b onclick=x>&amp;</b>'}")))
                .contains("&lt;b onclick=x&gt;&amp;amp;&lt;/b&gt;</p>")
                .doesNotContain("<b onclick");
        assertThat(html(FakeJob.html("{{{v}}}").data("{'v':'<b onclick=x>bold</b>'}")))
                .contains("<b>bold</b>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*a* _b_ **c** `d` [e](http://x) ![f](g) <b>h</b> &amp; | i \\\\ ~~j~~",
                "# no heading",
                "- no item",
                "+ no item",
                "12. no item",
                "3) no item",
                "> no quote",
                "    no code",
                "--- ",
                "===",
                "```",
                "~~~",
                "a|b",
                ": x",
            })
    void valueIsTextInMarkdown(String value) {
        String expected = org.jsoup.nodes.Entities.escape(value.strip());
        String page = html(FakeJob.markdown("{{v}}\n\nafter\n\n| t | u |\n|--|--|\n| {{v}} | end |")
                .data(io.plainsail.contracts.json.StrictJson.mapper()
                        .createObjectNode()
                        .put("v", value)));
        assertThat(page.replaceAll("(<p>|<td>)\\s+", "$1").replaceAll("\\s+(</p>|</td>)", "$1"))
                .contains("<p>" + expected + "</p>")
                .contains("<td>" + expected + "</td>\n<td>end</td>");
    }

    @Test
    void valueWithLinesStaysInItsCell() {
        assertThat(html(FakeJob.markdown("| t |\n|--|\n| {{v}} |").data("{'v':'one\\n\\n# two\\n| x |'}")))
                .contains("<td>one\n\n# two\n| x |</td>");
    }

    @Test
    void addressesInValuesStillMakeLinksAndImages() {
        assertThat(html(FakeJob.markdown("[x]({{url}}) ![y]({{img}})")
                        .data("{'url':'https://example.com/a_b?c=d&e','img':'" + Pictures.data("png") + "'}")))
                .contains("href=\"https://example.com/a_b?c=d&amp;e\"")
                .contains("src=\"data:image/png;base64,");
    }

    @Test
    void hugeNumberIsNotWrittenOut() {
        assertThat(html(FakeJob.html("{{n}} {{m}}").data("{'n':1E+999999999,'m':1E-999999999}")))
                .contains("1E+999999999 1E-999999999");
    }

    private static String html(FakeJob job) {
        return Rendered.of(job.with("output", "html")).html();
    }
}
