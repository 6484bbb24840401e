package io.plainsail.workers.document;

/**
 * Bounds of one rendering. Hitting one fails the job as {@code limit-exceeded}, naming the bound and the value.
 *
 * @param expandedBytes size of the filled-in template in UTF-8, and of the HTML made from it
 * @param sectionRounds passes through sections while the template is filled in; stops loops that write nothing
 * @param markdownMarks characters that mean something in Markdown, ends of lines among them; the parser keeps some for each
 * @param elements HTML elements in the document
 * @param siblings HTML elements side by side in one; the renderer's time grows with their square
 * @param depth HTML elements inside one another; the layout recurses over them, on a stack of 1 MiB or so
 * @param styleBytes size of the template's own style sheets
 * @param images different images in the document
 * @param imagePixels sum of the decoded sizes of all images; the decoder needs about 4 bytes for each
 * @param wordLength characters of a PDF's text without white space between them
 * @param pages pages of a PDF
 */
record RenderLimits(
        int expandedBytes,
        int sectionRounds,
        int markdownMarks,
        int elements,
        int siblings,
        int depth,
        int styleBytes,
        int images,
        long imagePixels,
        int wordLength,
        int pages) {

    static final RenderLimits DEFAULT = new RenderLimits(
            8 * 1024 * 1024, 1_000_000, 500_000, 60_000, 20_000, 64, 64 * 1024, 500, 40_000_000, 10_000, 2_000);
}
