// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import org.apache.james.mime4j.MimeException;
import org.apache.james.mime4j.MimeIOException;
import org.apache.james.mime4j.io.MaxHeaderLengthLimitException;
import org.apache.james.mime4j.io.MaxHeaderLimitException;
import org.apache.james.mime4j.io.MaxLineLimitException;
import org.apache.james.mime4j.stream.EntityState;
import org.apache.james.mime4j.stream.Field;
import org.apache.james.mime4j.stream.MimeConfig;
import org.apache.james.mime4j.stream.MimeTokenStream;
import org.apache.james.mime4j.stream.RecursionMode;

/// Finds the report in a mail (RFC 8460 §5.3), however the mail is built: the part that says it is one, else
/// the one that
/// looks most like it, also within a forwarded message.
public final class ReportMail {
    static final int DEEPEST = 12;
    static final int MOST_PARTS = 200;

    private static final MimeConfig CONFIG = new MimeConfig.Builder()
            .setMaxLineLen(1024 * 1024)
            .setMaxHeaderLen(128 * 1024)
            .setMaxHeaderCount(2_000)
            .setMaxContentLen(-1)
            .build();

    private final MimeTokenStream tokens = new MimeTokenStream(CONFIG);
    private final ReadLimits limits;
    private final MailHeader header = new MailHeader();
    private MailPart part = new MailPart();
    private Optional<MailPart.Content> best = Optional.empty();
    private int depth;
    private int parts;
    private int messages;
    private int candidates;

    private ReportMail(ReadLimits limits) {
        this.limits = limits;
    }

    /// @param message read as far as needed, not closed
    /// @throws IOException when `message` cannot be read; never for what it holds
    public static MailedReport read(InputStream message, ReadLimits limits) throws IOException {
        var bounded = new BoundedInput(message, limits.octets());
        try {
            return new ReportMail(limits).search(bounded);
        } catch (NoReportException e) {
            return new MailedReport.NoReport(e.result().rule());
        } catch (BoundedInput.BeyondBound e) {
            return new MailedReport.NoReport(String.valueOf(e.getMessage()));
        } catch (MaxLineLimitException e) {
            return new MailedReport.NoReport(problem(e));
        } catch (MimeException | MimeIOException e) {
            return new MailedReport.NoReport(problem(e.getCause() == null ? e : e.getCause()));
        }
    }

    private static String problem(Throwable e) {
        return switch (e) {
            case MaxLineLimitException ignored -> "a line is too long";
            case MaxHeaderLengthLimitException ignored -> "a header field is too long";
            case MaxHeaderLimitException ignored -> "too many header fields";
            default -> "not a mail: " + Printable.line(String.valueOf(e.getMessage()), 120);
        };
    }

    private MailedReport search(InputStream message) throws IOException, MimeException, NoReportException {
        tokens.setRecursionMode(RecursionMode.M_RECURSE);
        tokens.parse(message);
        for (EntityState state = tokens.getState(); state != EntityState.T_END_OF_STREAM; state = tokens.next()) {
            step(state);
        }
        MailPart.Content content = best.orElseThrow(
                () -> new NoReportException("", "no part of the mail is a TLS report (RFC 8460 §5.3)"));
        var notes = new Notes();
        header.note(notes);
        content.note(notes);
        if (messages > 1) {
            notes.add("mail", "forwarded in another mail");
        }
        if (candidates > 1) {
            notes.add("mail", "several parts look like reports and one is taken: " + candidates);
        }
        return new MailedReport.Found(
                header.reportDomain(),
                header.submitter(),
                content.filename(),
                ReportBody.read(content.octets(), limits, notes));
    }

    private void step(EntityState state) throws IOException, NoReportException {
        switch (state) {
            case T_START_MESSAGE -> {
                messages++;
                enter();
                part = new MailPart();
            }
            case T_START_MULTIPART -> {
                enter();
                header.multipart(part);
            }
            case T_END_MESSAGE, T_END_MULTIPART -> depth--;
            case T_START_BODYPART -> part = new MailPart();
            case T_FIELD -> field(tokens.getField());
            case T_BODY -> body();
            default -> {
                // Preambles, epilogues and the ends of parts say nothing.
            }
        }
    }

    private void enter() throws NoReportException {
        if (++depth > DEEPEST) {
            throw new NoReportException("", "parts nested deeper than " + DEEPEST);
        }
    }

    private void field(Field field) {
        String name = field.getName().toLowerCase(Locale.ROOT);
        part.field(name, field);
        header.field(name, field.getBody());
    }

    private void body() throws IOException, NoReportException {
        if (++parts > MOST_PARTS) {
            throw new NoReportException("", "more than " + MOST_PARTS + " parts");
        }
        Optional<MailPart.Content> content = part.content(tokens.getDecodedInputStream(), limits.octets());
        if (content.isPresent()) {
            candidates++;
            if (best.isEmpty() || content.get().rank() < best.get().rank()) {
                best = content;
            }
        }
    }
}
