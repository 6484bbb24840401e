package io.plainsail.contracts.compatibility;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.SchemaCheck;
import io.plainsail.contracts.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Old schema, new schema, verdict: for each keyword, both ways. */
class SchemaComparisonTest {
    private static final Verdict YES = Verdict.COMPATIBLE;
    private static final Verdict MAYBE = Verdict.UNDECIDED;
    private static final Verdict NO = Verdict.INCOMPATIBLE;

    /**
     * @param rule of the first reason; empty if there is none, or it does not matter
     * @param pointer of the first reason
     */
    record Case(String old, String next, Verdict verdict, String rule, String pointer) {
        @Override
        public String toString() {
            return old + " → " + next + " " + verdict;
        }
    }

    private static Case yes(String old, String next) {
        return new Case(old, next, YES, "", "");
    }

    private static Case no(String old, String next, String rule, String pointer) {
        return new Case(old, next, NO, rule, pointer);
    }

    private static Case maybe(String old, String next, String rule, String pointer) {
        return new Case(old, next, MAYBE, rule, pointer);
    }

    /** Single quotes for double ones. */
    private static JsonNode json(String text) {
        return StrictJson.read(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    private static final String CLOSED =
            "{'type':'object','additionalProperties':false,'properties':{'a':{'type':'string'}";
    private static final String OPEN = "{'type':'object','properties':{'a':{'type':'string'}";
    private static final String TREE = "{'$ref':'#/$defs/node','$defs':{'node':{'type':'object','required':['v'],"
            + "'properties':{'v':{'type':'integer'%s},'kids':{'type':'array','items':{'$ref':'#/$defs/node'}}}}}}";
    private static final String SHAPES =
            "{'oneOf':[{'type':'object','required':['kind','r'],'properties':{'kind':{'const':'circle'},"
                    + "'r':{'type':'number'%s}}},{'type':'object','required':['kind','w'],'properties':{'kind':{'const':'square'},"
                    + "'w':{'type':'number'}}}%s]}";

    static List<Case> cases() {
        List<Case> all = new ArrayList<>();
        // type
        all.add(yes("{'type':'integer'}", "{'type':'number'}"));
        all.add(no("{'type':'number'}", "{'type':'integer'}", "type", ""));
        all.add(yes("{'type':'string'}", "{'type':['string','null']}"));
        all.add(no("{'type':['string','null']}", "{'type':'string'}", "type", ""));
        all.add(no("{}", "{'type':'object'}", "type", ""));
        all.add(yes("{'type':'object'}", "{}"));
        all.add(yes("{'type':['integer','string']}", "{'anyOf':[{'type':'string'},{'type':'number'}]}"));
        // enum, const
        all.add(yes("{'enum':['a','b']}", "{'enum':['a','b','c']}"));
        all.add(no("{'enum':['a','b']}", "{'enum':['a']}", "enum", ""));
        all.add(yes("{'const':1}", "{'enum':[1.0,2]}"));
        all.add(yes("{'enum':['a','b']}", "{'type':'string','maxLength':1}"));
        all.add(no("{'enum':['a','bb']}", "{'type':'string','maxLength':1}", "maxLength", ""));
        all.add(no("{'type':'string'}", "{'enum':['a']}", "enum", ""));
        all.add(no("{'type':'string'}", "{'const':'a'}", "const", ""));
        all.add(yes("{'type':'boolean'}", "{'enum':[true,false]}"));
        all.add(no("{'type':'boolean'}", "{'const':true}", "const", ""));
        all.add(yes("{'type':['string','integer'],'enum':['a',1,null]}", "{'enum':['a',1]}"));
        // numbers
        all.add(yes("{'type':'integer','minimum':5}", "{'type':'integer','minimum':1}"));
        all.add(no("{'type':'integer','minimum':1}", "{'type':'integer','minimum':5}", "minimum", ""));
        all.add(yes("{'type':'integer','minimum':1}", "{'type':'integer','exclusiveMinimum':0}"));
        all.add(no("{'type':'number','minimum':1}", "{'type':'number','exclusiveMinimum':1}", "exclusiveMinimum", ""));
        all.add(yes("{'type':'number','exclusiveMaximum':5}", "{'type':'number','maximum':5}"));
        all.add(no("{'type':'number','maximum':10}", "{'type':'number','maximum':9.5}", "maximum", ""));
        all.add(no("{'type':'number'}", "{'type':'number','exclusiveMaximum':100}", "exclusiveMaximum", ""));
        all.add(yes("{'type':'string'}", "{'type':'string','minimum':5}"));
        all.add(yes("{'type':'integer','multipleOf':6}", "{'type':'integer','multipleOf':3}"));
        all.add(no("{'type':'integer','multipleOf':3}", "{'type':'integer','multipleOf':6}", "multipleOf", ""));
        all.add(yes("{'type':'integer'}", "{'type':'number','multipleOf':0.5}"));
        all.add(no("{'type':'number'}", "{'type':'number','multipleOf':0.01}", "multipleOf", ""));
        // strings
        all.add(yes("{'type':'string','maxLength':5}", "{'type':'string','maxLength':50}"));
        all.add(no("{'type':'string','maxLength':50}", "{'type':'string','maxLength':5}", "maxLength", ""));
        all.add(no("{'type':'string'}", "{'type':'string','minLength':1}", "minLength", ""));
        all.add(yes("{'type':'string','minLength':2}", "{'type':'string','minLength':1}"));
        all.add(yes("{'type':'string','pattern':'^a'}", "{'type':'string','pattern':'^a'}"));
        all.add(yes("{'type':'string'}", "{'type':'string','pattern':'.*'}"));
        all.add(no("{'type':'string'}", "{'type':'string','pattern':'^[a-z]+$'}", "pattern", ""));
        all.add(no("{'type':'string','pattern':'^[a-z]+$'}", "{'type':'string','pattern':'^[b-z]+$'}", "pattern", ""));
        all.add(maybe(
                "{'type':'string','pattern':'^[a-z]+$'}", "{'type':'string','pattern':'^[a-z0-9]+$'}", "pattern", ""));
        all.add(yes("{'type':'string','format':'uuid'}", "{'type':'string'}"));
        all.add(no("{'type':'string'}", "{'type':'string','format':'uuid'}", "format", ""));
        all.add(no("{'type':'string','format':'date'}", "{'type':'string','format':'date-time'}", "format", ""));
        all.add(yes(
                "{'type':'string','format':'date'}",
                "{'type':'string','format':'date','maxLength':100,'minLength':0}".replace(",'maxLength':100", "")));
        all.add(maybe("{'type':'string','format':'date'}", "{'type':'string','maxLength':100}", "maxLength", ""));
        all.add(maybe("{'type':'string'}", "{'type':'string','format':'a-format-of-ours'}", "format", ""));
        // arrays
        all.add(yes("{'type':'array','items':{'type':'integer'}}", "{'type':'array','items':{'type':'number'}}"));
        all.add(no(
                "{'type':'array','items':{'type':'number'}}",
                "{'type':'array','items':{'type':'integer'}}",
                "type",
                "/*"));
        all.add(no("{'type':'array'}", "{'type':'array','items':{'type':'integer'}}", "type", "/*"));
        all.add(no("{'type':'array'}", "{'type':'array','maxItems':3}", "maxItems", ""));
        all.add(no("{'type':'array','items':{'type':'string'}}", "{'type':'array','minItems':1}", "minItems", ""));
        all.add(yes("{'type':'array','minItems':2,'maxItems':3}", "{'type':'array','minItems':1,'maxItems':4}"));
        all.add(yes("{'type':'array','uniqueItems':true}", "{'type':'array'}"));
        all.add(no("{'type':'array'}", "{'type':'array','uniqueItems':true}", "uniqueItems", ""));
        all.add(yes("{'type':'array','maxItems':1}", "{'type':'array','uniqueItems':true}"));
        all.add(yes(
                "{'type':'array','prefixItems':[{'type':'string'}],'items':false}",
                "{'type':'array','prefixItems':[{'type':'string'},{'type':'integer'}],'items':false,'maxItems':2}"));
        all.add(no(
                "{'type':'array','prefixItems':[{'type':'string'}]}",
                "{'type':'array','prefixItems':[{'type':'string'},{'type':'integer'}]}",
                "type",
                "/1"));
        all.add(no(
                "{'type':'array','items':{'type':'string'}}",
                "{'type':'array','prefixItems':[{'type':'string','maxLength':2}],'items':{'type':'string'}}",
                "maxLength",
                "/0"));
        all.add(yes(
                "{'type':'array','items':{'const':1},'minItems':1}", "{'type':'array','contains':{'type':'integer'}}"));
        all.add(no("{'type':'array'}", "{'type':'array','contains':{'type':'integer'}}", "contains", ""));
        all.add(yes(
                "{'type':'array','contains':{'const':1},'minContains':2}",
                "{'type':'array','contains':{'type':'integer'}}"));
        all.add(no(
                "{'type':'array','contains':{'type':'integer'}}",
                "{'type':'array','contains':{'type':'integer'},'minContains':2}",
                "contains",
                ""));
        all.add(yes(
                "{'type':'array','contains':{'type':'integer'},'minContains':0,'maxContains':2}",
                "{'type':'array','contains':{'const':1},'minContains':0,'maxContains':3}"));
        all.add(no(
                "{'type':'array','items':{'type':'integer'}}",
                "{'type':'array','contains':{'type':'integer'},'minContains':0,'maxContains':2}",
                "contains",
                ""));
        all.add(yes(
                "{'type':'array','items':{'type':'integer'},'maxItems':2}",
                "{'type':'array','contains':{'type':'integer'},'minContains':0,'maxContains':2}"));
        all.add(no(
                "{'type':'array','prefixItems':[{}]}",
                "{'type':'array','prefixItems':[{}],'unevaluatedItems':false}",
                "false",
                "/*"));
        all.add(yes(
                "{'type':'array','prefixItems':[{}],'unevaluatedItems':false}",
                "{'type':'array','prefixItems':[{}],'items':false}"));
        // objects
        all.add(yes(CLOSED + "}}", CLOSED + ",'b':{'type':'integer'}}}"));
        all.add(maybe(OPEN + "}}", OPEN + ",'b':{'type':'integer'}}}", "type", "/b"));
        all.add(yes(OPEN + "}}", OPEN + ",'b':{}}}"));
        all.add(no(OPEN + "}}", CLOSED + "}}", "false", "/*"));
        all.add(yes(CLOSED + "}}", OPEN + "}}"));
        all.add(no(CLOSED + ",'b':{'type':'integer'}}}", CLOSED + "}}", "false", "/b"));
        all.add(no(CLOSED + "}}", CLOSED + "},'required':['a']}", "required", ""));
        all.add(yes(CLOSED + "},'required':['a']}", CLOSED + "}}"));
        all.add(no(CLOSED + "}}", CLOSED + ",'b':{'type':'integer'}},'required':['b']}", "required", ""));
        all.add(no(OPEN + "}}", "{'type':'object','properties':{'a':{'type':'integer'}}}", "type", "/a"));
        all.add(no(
                "{'type':'object','properties':{'a':{'type':'object','properties':{'b':{'type':'array','items':{'maxLength':9}}}}}}",
                "{'type':'object','properties':{'a':{'type':'object','properties':{'b':{'type':'array','items':{'maxLength':8}}}}}}",
                "maxLength",
                "/a/b/*"));
        all.add(yes(
                "{'type':'object','additionalProperties':{'type':'integer'}}",
                "{'type':'object','additionalProperties':{'type':'number'}}"));
        all.add(no(
                "{'type':'object','additionalProperties':{'type':'number'}}",
                "{'type':'object','additionalProperties':{'type':'integer'}}",
                "type",
                "/*"));
        all.add(yes(
                "{'type':'object','properties':{'x_a':{'type':'integer'}},'additionalProperties':false}",
                "{'type':'object','patternProperties':{'^x_':{'type':'number'}},'additionalProperties':false}"));
        all.add(no(
                "{'type':'object','properties':{'x_a':{'type':'string'}},'additionalProperties':false}",
                "{'type':'object','patternProperties':{'^x_':{'type':'number'}},'additionalProperties':false}",
                "type",
                "/x_a"));
        all.add(yes(
                "{'type':'object','patternProperties':{'^x_':{'type':'integer'}},'additionalProperties':false}",
                "{'type':'object','patternProperties':{'^x_':{'type':'number'}},'additionalProperties':false}"));
        all.add(no(
                "{'type':'object'}", "{'type':'object','patternProperties':{'^x_':{'type':'number'}}}", "type", "/*"));
        all.add(no(
                "{'type':'object','patternProperties':{'^x_':{},'^y_':{}},'additionalProperties':false}",
                "{'type':'object','patternProperties':{'^x_':{}},'additionalProperties':false}",
                "false",
                "/*"));
        all.add(maybe(
                "{'type':'object','patternProperties':{'^x_':{}},'additionalProperties':false}",
                "{'type':'object','patternProperties':{'^x':{}},'additionalProperties':false}",
                "false",
                "/*"));
        all.add(yes("{'type':'object','maxProperties':2}", "{'type':'object','maxProperties':3}"));
        all.add(no("{'type':'object','maxProperties':3}", "{'type':'object','maxProperties':2}", "maxProperties", ""));
        all.add(yes(CLOSED + "}}", "{'type':'object','maxProperties':1}"));
        all.add(yes("{'type':'object','required':['a','b']}", "{'type':'object','minProperties':2}"));
        all.add(no("{'type':'object'}", "{'type':'object','minProperties':1}", "minProperties", ""));
        all.add(yes(
                "{'type':'object','propertyNames':{'maxLength':3}}",
                "{'type':'object','propertyNames':{'maxLength':5}}"));
        all.add(no("{'type':'object'}", "{'type':'object','propertyNames':{'maxLength':5}}", "propertyNames", ""));
        all.add(yes(CLOSED + "}}", "{'type':'object','propertyNames':{'maxLength':1}}"));
        all.add(no(CLOSED + ",'bb':{}}}", "{'type':'object','propertyNames':{'maxLength':1}}", "propertyNames", ""));
        all.add(yes(
                "{'type':'object','propertyNames':{'enum':['a','b']}}",
                "{'type':'object','properties':{'a':{},'b':{}},'additionalProperties':false}"));
        all.add(yes("{'type':'object','required':['a','b']}", "{'type':'object','dependentRequired':{'a':['b']}}"));
        all.add(no("{'type':'object'}", "{'type':'object','dependentRequired':{'a':['b']}}", "dependentRequired", ""));
        all.add(yes(
                "{'type':'object','dependentRequired':{'a':['b'],'b':['c']}}",
                "{'type':'object','dependentRequired':{'a':['c']}}"));
        all.add(no(
                "{'type':'object'}", "{'type':'object','dependentSchemas':{'a':{'required':['b']}}}", "required", ""));
        all.add(yes(
                "{'type':'object','dependentSchemas':{'a':{'required':['b','c']}}}",
                "{'type':'object','dependentSchemas':{'a':{'required':['b']}}}"));
        all.add(yes(CLOSED + "}}", "{'type':'object','dependentSchemas':{'z':{'required':['b']}}}"));
        all.add(yes(
                "{'type':'object','required':['a'],'dependentSchemas':{'a':{'required':['b']}}}",
                "{'type':'object','required':['b']}"));
        all.add(no(OPEN + "}}", OPEN + "},'unevaluatedProperties':false}", "false", "/*"));
        all.add(no(
                OPEN + "}}", "{'allOf':[" + OPEN + "}}],'unevaluatedProperties':false}", "unevaluatedProperties", ""));
        all.add(maybe(
                "{'allOf':[" + OPEN + "}}],'unevaluatedProperties':false}",
                "{'allOf':[" + OPEN + "}}],'unevaluatedProperties':false,'maxProperties':9}",
                "maxProperties",
                ""));
        // allOf, $ref
        all.add(yes("{'allOf':[{'type':'string'},{'maxLength':3}]}", "{'type':'string','maxLength':3}"));
        all.add(yes("{'type':'string','maxLength':3}", "{'allOf':[{'type':'string'},{'maxLength':3}]}"));
        all.add(no("{'type':'string'}", "{'allOf':[{'type':'string'},{'maxLength':3}]}", "maxLength", ""));
        all.add(yes("{'$ref':'#/$defs/s','$defs':{'s':{'type':'string'}}}", "{'type':'string'}"));
        all.add(no(
                "{'$ref':'#/$defs/s','$defs':{'s':{'type':'string'}}}",
                "{'$ref':'#/$defs/s','$defs':{'s':{'type':'string','maxLength':4}}}",
                "maxLength",
                ""));
        all.add(no(
                "{'properties':{'a':{'$ref':'#s'}},'$defs':{'x':{'$anchor':'s','type':'string'}}}",
                "{'properties':{'a':{'$ref':'#s'}},'$defs':{'x':{'$anchor':'s','type':'null'}}}",
                "type",
                "/a"));
        all.add(yes(TREE.formatted(",'minimum':0"), TREE.formatted("")));
        all.add(no(TREE.formatted(""), TREE.formatted(",'minimum':0"), "minimum", "/v"));
        all.add(yes("{'allOf':[false]}", "{'type':'null'}"));
        all.add(no("{'type':'null'}", "{'allOf':[false]}", "false", ""));
        all.add(maybe(
                "{'$dynamicRef':'#n','$defs':{'n':{'$dynamicAnchor':'n','type':'string'}}}",
                "{'$dynamicRef':'#n','$defs':{'n':{'$dynamicAnchor':'n','type':['string','null']}}}",
                "$id",
                ""));
        // anyOf, oneOf, not, if
        all.add(yes(
                "{'anyOf':[{'type':'string'},{'type':'integer'}]}",
                "{'anyOf':[{'type':'string'},{'type':'integer'},{'type':'null'}]}"));
        all.add(no("{'anyOf':[{'type':'string'},{'type':'integer'}]}", "{'anyOf':[{'type':'string'}]}", "anyOf", ""));
        all.add(no("{'type':['string','integer']}", "{'anyOf':[{'type':'string'},{'type':'null'}]}", "anyOf", ""));
        all.add(yes("{'oneOf':[{'type':'string'},{'type':'integer'}]}", "{'type':['string','integer']}"));
        all.add(yes(
                "{'oneOf':[{'type':'string'},{'type':'integer'}]}",
                "{'oneOf':[{'type':'string'},{'type':'integer'},{'type':'null'}]}"));
        all.add(no("{'type':'integer'}", "{'oneOf':[{'minimum':0},{'maximum':10}]}", "oneOf", ""));
        all.add(yes(
                SHAPES.formatted("", ""),
                SHAPES.formatted("", ",{'type':'object','required':['kind'],'properties':{'kind':{'const':'dot'}}}")));
        all.add(yes(SHAPES.formatted(",'minimum':0", ""), SHAPES.formatted("", "")));
        all.add(no(SHAPES.formatted("", ""), SHAPES.formatted(",'minimum':0", ""), "oneOf", ""));
        all.add(yes("{'type':'string'}", "{'not':{'type':'integer'}}"));
        all.add(no("{'type':['string','integer']}", "{'not':{'type':'integer'}}", "not", ""));
        all.add(yes("{'type':'integer','maximum':5}", "{'not':{'minimum':6}}"));
        all.add(yes("{'not':{'type':['string','null']}}", "{'not':{'type':'string'}}"));
        all.add(no("{'type':'object'}", "{'type':'object','not':{'required':['a']}}", "not", ""));
        all.add(yes(CLOSED + "}}", "{'type':'object','not':{'required':['z']}}"));
        all.add(no(
                "{'type':'object'}", "{'type':'object','if':{'required':['a']},'then':{'required':['b']}}", "if", ""));
        all.add(yes(
                "{'type':'object','if':{'required':['a']},'then':{'required':['b','c']}}",
                "{'type':'object','if':{'required':['a']},'then':{'required':['b']}}"));
        all.add(yes(
                "{'type':'object','required':['b']}",
                "{'type':'object','if':{'required':['a']},'then':{'required':['b']}}"));
        all.add(yes(
                "{'if':{'type':'string'},'then':{'maxLength':3},'else':{'type':'integer'}}",
                "{'anyOf':[{'type':'string','maxLength':3},{'type':'integer'}]}"
                        .replace("{'type':'string','maxLength':3}", "{'maxLength':3}")));
        // annotations, unknown keywords, boolean schemas
        all.add(yes(
                "{'type':'string'}",
                "{'type':'string','title':'T','description':'D','examples':['a'],'deprecated':true}"));
        all.add(yes(
                "{'type':'string'}", "{'type':'string','contentMediaType':'text/html','contentEncoding':'base64'}"));
        all.add(maybe("{'type':'string'}", "{'type':'string','x-unit':'ms'}", "x-unit", ""));
        all.add(yes("{'type':'string','x-unit':'ms'}", "{'type':'string','x-unit':'ms','title':'T'}"));
        all.add(no("{'properties':{'a':true}}", "{'properties':{'a':false}}", "false", "/a"));
        all.add(yes("{'properties':{'a':false}}", "{'properties':{'a':true}}"));
        all.add(yes(
                "{'type':'object','properties':{'a':{'enum':[]}}}".replace("'enum':[]", "'type':'string','enum':[1]"),
                "{'type':'object','properties':{'a':false}}"));
        return all;
    }

    private static List<Reason> compare(JsonNode old, JsonNode next) {
        return Compatibility.schemas(Reason.Side.INPUT, old, next, List.of());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyKeywordHasItsRule(Case one) {
        JsonNode old = json(one.old());
        JsonNode next = json(one.next());

        List<Reason> reasons = compare(old, next);

        assertThat(Comparison.of(reasons).verdict()).as(reasons.toString()).isEqualTo(one.verdict());
        if (!one.rule().isEmpty()) {
            assertThat(reasons).as(reasons.toString()).anySatisfy(reason -> {
                assertThat(reason.rule()).isEqualTo(one.rule());
                assertThat(reason.pointer()).isEqualTo(one.pointer());
                assertThat(reason.verdict()).isEqualTo(one.verdict());
            });
        }
        checkPayloads(old, next, reasons);
        assertThat(compare(old, old.deepCopy())).isEmpty();
    }

    /** Whatever it says, a payload that it gives was valid and is not. */
    private static void checkPayloads(JsonNode old, JsonNode next, List<Reason> reasons) {
        SchemaCheck before = SchemaCheck.of(old, "old");
        SchemaCheck after = SchemaCheck.of(next, "new");
        for (Reason reason : reasons) {
            if (reason.payload() != null) {
                assertThat(before.violations(reason.payload()))
                        .as(reason.toString())
                        .isEmpty();
                assertThat(after.violations(reason.payload()))
                        .as(reason.toString())
                        .isNotEmpty();
            } else {
                assertThat(reason.verdict()).as(reason.toString()).isEqualTo(Verdict.UNDECIDED);
            }
        }
    }

    /** Nobody waits long for, or falls over, what nobody would write. */
    @Test
    @Timeout(300)
    void hostileSchemasAreGivenUpAndNotProven() {
        StringBuilder choices = new StringBuilder("{'allOf':[");
        for (int i = 0; i < 400; i++) {
            choices.append("{'anyOf':[{'required':['a")
                    .append(i)
                    .append("']},{'required':['b")
                    .append(i)
                    .append("']}]},");
        }
        JsonNode many = json(choices + "{}]}");
        assertThat(Comparison.of(compare(many, json("{'minProperties':3,'maxProperties':9}")))
                        .verdict())
                .isNotEqualTo(YES);
        String twins = "{'$ref':'#/$defs/a','$defs':{'a':{'type':'object','properties':{'l':{'$ref':'#/$defs/b'},"
                + "'r':{'$ref':'#/$defs/a'}},'anyOf':[{'$ref':'#/$defs/c'},{'required':['l']}]},"
                + "'b':{'allOf':[{'$ref':'#/$defs/a'},{'$ref':'#/$defs/c'}]},'c':{'properties':{'l':{'$ref':'#/$defs/a'},"
                + "'r':{'$ref':'#/$defs/b'}%s}}}}";
        assertThat(Comparison.of(compare(json(twins.formatted("")), json(twins.formatted(",'x':false"))))
                        .verdict())
                .isNotEqualTo(YES);
        StringBuilder deep = new StringBuilder();
        deep.append("{'items':".repeat(60)).append("{'maxLength':%d}").append("}".repeat(60));
        assertThat(Comparison.of(compare(
                                json(deep.toString().formatted(5)),
                                json(deep.toString().formatted(6))))
                        .verdict())
                .isEqualTo(YES);
        assertThat(Comparison.of(compare(
                                json(deep.toString().formatted(6)),
                                json(deep.toString().formatted(5))))
                        .verdict())
                .isNotEqualTo(YES);
    }

    @Test
    void everyKeywordOfTheVocabularyHasALineInTheTable() {
        Set<String> vocabulary = new TreeSet<>(List.of(
                ("$schema $id $anchor $ref $defs $comment $vocabulary type enum const minimum maximum exclusiveMinimum"
                                + " exclusiveMaximum multipleOf minLength maxLength pattern format items prefixItems contains"
                                + " minContains maxContains minItems maxItems uniqueItems unevaluatedItems required"
                                + " properties patternProperties additionalProperties unevaluatedProperties propertyNames"
                                + " minProperties maxProperties dependentRequired dependentSchemas allOf anyOf oneOf not if"
                                + " then else title description default examples deprecated readOnly writeOnly"
                                + " contentEncoding contentMediaType contentSchema")
                        .split(" ")));

        // Dynamic references and anchors have none on purpose: they are never proven.
        assertThat(new TreeSet<>(KeywordRules.known())).isEqualTo(vocabulary);
    }

    /**
     * Schemas and values made by chance, always the same ones: whatever is called compatible has no value among them that
     * breaks, and whatever is called incompatible has one to show.
     */
    @Test
    void whatIsCalledCompatibleIsNotBrokenByValuesMadeByChance() {
        Random chance = new Random(20_261_129);
        List<JsonNode> values = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            values.add(value(chance, 2));
        }
        int[] verdicts = new int[3];
        for (int i = 0; i < 500; i++) {
            JsonNode old = schema(chance, 2);
            JsonNode next = chance.nextInt(3) == 0 ? schema(chance, 2) : changed(old, chance);
            List<Reason> reasons = compare(old, next);
            Verdict verdict = Comparison.of(reasons).verdict();
            verdicts[verdict.ordinal()]++;
            checkPayloads(old, next, reasons);
            if (verdict == YES) {
                SchemaCheck before = SchemaCheck.of(old, "old");
                SchemaCheck after = SchemaCheck.of(next, "new");
                for (JsonNode value : values) {
                    if (before.violations(value).isEmpty()) {
                        assertThat(after.violations(value))
                                .as("%s: %s → %s", value, old, next)
                                .isEmpty();
                    }
                }
            }
        }
        // It decides most of them, either way.
        assertThat(verdicts[YES.ordinal()]).isGreaterThan(40);
        assertThat(verdicts[NO.ordinal()]).isGreaterThan(120);
        assertThat(verdicts[MAYBE.ordinal()]).isLessThan(170);
    }

    private static JsonNode value(Random chance, int depth) {
        JsonNodeFactory json = JsonNodeFactory.instance;
        return switch (chance.nextInt(depth > 0 ? 9 : 5)) {
            case 0 -> json.nullNode();
            case 1 -> json.booleanNode(chance.nextBoolean());
            case 2 -> json.numberNode(chance.nextInt(9) - 2);
            case 3 -> json.numberNode(new java.math.BigDecimal(chance.nextInt(9) + ".5"));
            case 4 -> json.textNode("abcabc".substring(0, chance.nextInt(6)));
            case 5, 6 -> {
                var array = json.arrayNode();
                for (int i = chance.nextInt(4); i > 0; i--) {
                    array.add(value(chance, depth - 1));
                }
                yield array;
            }
            default -> {
                var object = json.objectNode();
                for (int i = chance.nextInt(4); i > 0; i--) {
                    object.set(List.of("a", "b", "c", "xa").get(chance.nextInt(4)), value(chance, depth - 1));
                }
                yield object;
            }
        };
    }

    private static JsonNode schema(Random chance, int depth) {
        ObjectNode schema = JsonNodeFactory.instance.objectNode();
        for (int i = chance.nextInt(3) + 1; i > 0; i--) {
            keyword(schema, chance, depth);
        }
        return schema;
    }

    private static void keyword(ObjectNode schema, Random chance, int depth) {
        List<String> types = List.of("null", "boolean", "integer", "number", "string", "array", "object");
        switch (chance.nextInt(depth > 0 ? 26 : 10)) {
            case 0, 1 -> schema.put("type", types.get(chance.nextInt(7)));
            case 2 -> schema.putArray("type").add(types.get(chance.nextInt(3))).add(types.get(3 + chance.nextInt(4)));
            case 3 ->
                schema.putArray("enum")
                        .add(value(chance, 1))
                        .add(value(chance, 0))
                        .add("zz");
            case 4 -> schema.put("minimum", chance.nextInt(5));
            case 5 -> schema.put("exclusiveMaximum", chance.nextInt(7));
            case 6 -> schema.put("maxLength", chance.nextInt(5));
            case 7 -> schema.put("minLength", chance.nextInt(3));
            case 8 -> schema.put("multipleOf", 1 + chance.nextInt(3));
            case 9 -> schema.put("pattern", List.of("a", "^b", "c$", "^ab?c*$").get(chance.nextInt(4)));
            case 10 -> schema.put("maxItems", chance.nextInt(4));
            case 11 -> schema.put("minItems", chance.nextInt(3));
            case 12 -> schema.put("uniqueItems", chance.nextBoolean());
            case 13 -> schema.set("items", schema(chance, depth - 1));
            case 14 -> schema.putArray("prefixItems").add(schema(chance, depth - 1));
            case 15 -> schema.set("contains", schema(chance, depth - 1));
            case 16 -> schema.putArray("required").add(List.of("a", "b").get(chance.nextInt(2)));
            case 17, 18 ->
                schema.withObject("/properties")
                        .set(List.of("a", "b", "c").get(chance.nextInt(3)), schema(chance, depth - 1));
            case 19 -> schema.put("additionalProperties", false);
            case 20 -> schema.putObject("patternProperties").set("^x", schema(chance, depth - 1));
            case 21 -> schema.putArray("anyOf").add(schema(chance, depth - 1)).add(schema(chance, depth - 1));
            case 22 -> schema.putArray("oneOf").add(schema(chance, depth - 1)).add(schema(chance, depth - 1));
            case 23 -> schema.set("not", schema(chance, depth - 1));
            case 24 -> {
                schema.set("if", schema(chance, depth - 1));
                schema.set(chance.nextBoolean() ? "then" : "else", schema(chance, depth - 1));
            }
            default -> schema.putObject("dependentRequired").putArray("a").add("b");
        }
    }

    /** With a keyword more, or one less, somewhere. */
    private static JsonNode changed(JsonNode old, Random chance) {
        ObjectNode next = old.deepCopy();
        List<String> keywords = new ArrayList<>();
        next.fieldNames().forEachRemaining(keywords::add);
        String keyword = keywords.get(chance.nextInt(keywords.size()));
        if (next.get(keyword) instanceof ObjectNode inside
                && !inside.isEmpty()
                && chance.nextBoolean()
                && List.of("items", "contains", "not", "if", "then", "else").contains(keyword)) {
            next.set(keyword, changed(inside, chance));
        } else if (chance.nextBoolean()) {
            next.remove(keyword);
        } else {
            keyword(next, chance, 1);
        }
        return next;
    }
}
