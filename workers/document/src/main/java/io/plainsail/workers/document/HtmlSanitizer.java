package io.plainsail.workers.document;

import io.plainsail.worker.JobFailedException;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jsoup.nodes.Attribute;
import org.jsoup.nodes.DataNode;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.parser.Parser;
import org.jsoup.parser.StreamParser;

/**
 * Builds a document anew from the elements and attributes on a list.
 *
 * <ol>
 *   <li>Refused, since the author meant something that will not happen: {@code link} and {@code base} with an address,
 *       images that are no data URIs, CSS that loads.
 *   <li>Removed with their content, and told in the job's log: scripts, frames, objects, form controls, SVG, media.
 *   <li>Removed, their text kept: elements that are not known, such as {@code form}.
 *   <li>Removed: attributes that are not known, event handlers among them, and links that are not http, https, mailto,
 *       tel or into the document itself.
 * </ol>
 */
final class HtmlSanitizer {
    private static final Set<String> KEPT = Set.of(
            ("a abbr address article aside b bdi bdo blockquote br caption center cite code col colgroup dd del dfn div "
                            + "dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main "
                            + "mark nav ol p pre q s samp section small span strong sub sup table tbody td tfoot th "
                            + "thead time tr u ul var wbr")
                    .split(" "));

    private static final Set<String> DROPPED = Set.of(
            ("applet area audio base button canvas datalist embed frame frameset iframe input link map math meta "
                            + "noscript object optgroup option param script select source style svg template "
                            + "textarea title track video")
                    .split(" "));

    /** Attributes whose address the author meant to be loaded. */
    private static final Set<String> LOADING = Set.of("background", "dynsrc", "lowsrc", "poster", "srcset");

    /** Dropped without a word: they carry nothing of the document's, or were taken in elsewhere. */
    private static final Set<String> TAKEN_ELSEWHERE = Set.of("base", "link", "meta", "style", "title");

    /** Elements that every page has: the document, html, head and body. */
    private static final int FRAME = 4;

    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9#-]{1,35}");
    private static final Pattern SIZE = Pattern.compile("-?\\d{1,4}(%|px)?");
    private static final Pattern SPAN = Pattern.compile("[1-9]\\d{0,2}");
    private static final Pattern ANY = Pattern.compile("(?s).*");
    private static final Pattern LINK =
            Pattern.compile("(https?://|mailto:|tel:|#)[^\\s\\p{Cntrl}]*", Pattern.CASE_INSENSITIVE);

    /** What an attribute's value must look like; the renderer pastes some of them into CSS. */
    private static final Map<String, Pattern> ATTRIBUTES = Map.ofEntries(
            Map.entry("align", WORD),
            Map.entry("alt", ANY),
            Map.entry("bgcolor", WORD),
            Map.entry("border", SIZE),
            Map.entry("cellpadding", SIZE),
            Map.entry("cellspacing", SIZE),
            Map.entry("class", ANY),
            Map.entry("color", WORD),
            Map.entry("colspan", SPAN),
            Map.entry("dir", WORD),
            Map.entry("height", SIZE),
            Map.entry("href", LINK),
            Map.entry("id", ANY),
            Map.entry("lang", WORD),
            Map.entry("name", ANY),
            Map.entry("reversed", ANY),
            Map.entry("rowspan", SPAN),
            Map.entry("scope", WORD),
            Map.entry("size", SIZE),
            Map.entry("span", SPAN),
            Map.entry("src", ANY),
            Map.entry("start", SIZE),
            Map.entry("style", ANY),
            Map.entry("title", ANY),
            Map.entry("type", WORD),
            Map.entry("valign", WORD),
            Map.entry("value", SIZE),
            Map.entry("width", SIZE));

    private final RenderLimits limits;
    private final EmbeddedImages images;
    private final StyleCheck styles = new StyleCheck();
    private final Map<String, Integer> removed = new TreeMap<>();

    /** For one document. */
    HtmlSanitizer(RenderLimits limits) {
        this.limits = limits;
        this.images = new EmbeddedImages(limits);
    }

    /**
     * @param html a page or a fragment of one
     * @param title overrides the document's own
     * @param log told what was removed
     * @throws JobFailedException for what is refused, or the bound that was hit
     */
    SafeDocument sanitize(String html, Optional<String> title, Consumer<String> log) throws JobFailedException {
        Document dirty = parse(html);
        measure(dirty);
        Document clean = Document.createShell("");
        clean.outputSettings().prettyPrint(false);
        language(dirty, clean);
        takeStyles(dirty, clean);
        refuseAddresses(dirty);
        copyAttributes(dirty.body(), clean.body());
        copyChildren(dirty.body(), clean.body());
        String named = title.orElseGet(() -> titleOf(dirty));
        clean.head().prependElement("title").text(named);
        if (!removed.isEmpty()) {
            log.accept("removed from the document: "
                    + removed.entrySet().stream()
                            .limit(20)
                            .map(e -> e.getKey() + " x " + e.getValue())
                            .collect(Collectors.joining(", ")));
        }
        return new SafeDocument(clean, named, images, styles);
    }

    /** Up to a bound on the elements: they take much more memory than the text that makes them. */
    private Document parse(String html) {
        int most = limits.elements();
        if (LargeDocuments.tags(html, most) > most) {
            throw tooManyElements();
        }
        try (StreamParser parser = new StreamParser(Parser.htmlParser()).parse(html, "")) {
            Iterator<Element> elements = parser.iterator();
            for (int count = 1; elements.hasNext(); count++) {
                elements.next();
                if (count > most + FRAME) {
                    throw tooManyElements();
                }
                if (count % 1024 == 0) {
                    RenderStoppedException.ifInterrupted();
                }
            }
            return parser.document();
        }
    }

    private RenderStoppedException tooManyElements() {
        return RenderStoppedException.with(
                Refusal.limit("elements", "the document has more than " + limits.elements() + " HTML elements"));
    }

    private void measure(Document dirty) {
        int[] elements = {0};
        dirty.traverse((node, depth) -> {
            if (!(node instanceof Element element)) {
                return;
            }
            if (element.childrenSize() > limits.siblings()) {
                throw RenderStoppedException.with(Refusal.limit(
                        "siblings",
                        "a " + element.normalName() + " element has more than " + limits.siblings()
                                + " elements side by side"));
            }
            if (++elements[0] > limits.elements()) {
                throw tooManyElements();
            }
            if (depth > limits.depth()) {
                throw RenderStoppedException.with(
                        Refusal.limit("depth", "HTML elements nest deeper than " + limits.depth() + " in one another"));
            }
            if (elements[0] % 1024 == 0) {
                RenderStoppedException.ifInterrupted();
            }
        });
    }

    private static void language(Document dirty, Document clean) {
        Element html = dirty.selectFirst("html");
        String language = html == null ? "" : html.attr("lang");
        if (!language.isEmpty() && WORD.matcher(language).matches()) {
            clean.child(0).attr("lang", language);
        }
    }

    private void takeStyles(Document dirty, Document clean) throws JobFailedException {
        int bytes = 0;
        for (Element style : dirty.select("style")) {
            String css = style.data();
            bytes += css.length();
            if (bytes > limits.styleBytes()) {
                throw Refusal.limit(
                        "style-bytes", "the template's style sheets are larger than " + limits.styleBytes() + " bytes");
            }
            styles.check(css, "a style element");
            String media = style.attr("media").trim();
            if (!media.isEmpty() && !WORD.matcher(media).matches()) {
                throw Refusal.of(
                        Refusal.STYLE,
                        "media=" + Refusal.quoted(media) + " of a style element: must be one word, such as print");
            }
            Element copy = clean.head().appendElement("style");
            if (!media.isEmpty()) {
                copy.attr("media", media);
            }
            copy.appendChild(new DataNode(css));
        }
    }

    private static void refuseAddresses(Document dirty) throws JobFailedException {
        for (Element element : dirty.select("link[href], base[href]")) {
            throw external(element.normalName() + " href", element.attr("href"));
        }
    }

    private static JobFailedException external(String what, String address) {
        return Refusal.of(
                Refusal.EXTERNAL_RESOURCE,
                what + " is " + Refusal.quoted(address)
                        + ": nothing is fetched, put styles into a style element and images into img elements");
    }

    private static String titleOf(Document dirty) {
        String own = dirty.title();
        Element heading = own.isBlank() ? dirty.selectFirst("h1, h2, h3") : null;
        String title = heading == null ? own : heading.text();
        return title.isBlank() ? "Document" : title;
    }

    private void copyChildren(Element from, Element to) throws JobFailedException {
        for (Node child : from.childNodes()) {
            if (child instanceof TextNode text) {
                to.appendChild(new TextNode(text.getWholeText()));
            } else if (child instanceof Element element) {
                copy(element, to);
            }
        }
    }

    private void copy(Element element, Element to) throws JobFailedException {
        String name = element.normalName();
        if (KEPT.contains(name)) {
            Element copy = to.appendElement(name);
            copyAttributes(element, copy);
            copyChildren(element, copy);
        } else if (DROPPED.contains(name)) {
            if (!TAKEN_ELSEWHERE.contains(name)) {
                count(name);
            }
        } else {
            count(name);
            copyChildren(element, to);
        }
    }

    private void copyAttributes(Element from, Element to) throws JobFailedException {
        for (Attribute attribute : from.attributes()) {
            String name = attribute.getKey().toLowerCase(Locale.ROOT);
            String value = attribute.getValue();
            if (name.equals("src") && to.nameIs("img")) {
                to.attr(name, images.add(value.strip()));
                continue;
            }
            if (LOADING.contains(name)) {
                throw external(from.normalName() + " " + name, value);
            }
            boolean link = name.equals("href") || name.equals("src");
            Pattern pattern = ATTRIBUTES.get(name);
            if (pattern == null
                    || (link && !to.nameIs("a"))
                    || !pattern.matcher(value.strip()).matches()) {
                count(name);
                continue;
            }
            if (name.equals("style")) {
                styles.check(value, "a style attribute");
            }
            to.attr(name, link ? value.strip() : value);
        }
        if (to.nameIs("img") && !to.hasAttr("src")) {
            throw Refusal.of(Refusal.IMAGE, "an img element has no src");
        }
    }

    private void count(String name) {
        removed.merge(name.length() > 40 ? "…" : name, 1, Integer::sum);
    }
}
