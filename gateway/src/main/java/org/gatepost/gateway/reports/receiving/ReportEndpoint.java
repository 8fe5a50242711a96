// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.receiving;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.gatepost.gateway.http.HttpProblem;
import org.gatepost.gateway.http.HttpRequest;
import org.gatepost.gateway.http.HttpResponse;
import org.gatepost.gateway.http.HttpRoutes;
import org.gatepost.gateway.http.OctetBudget;

/// Takes reports by POST (RFC 8460 §5.4) and answers with one line of text.
///
/// | status | when |
/// |---|---|
/// | 200 | stored, or known already |
/// | 400 | not readable; the line names place and rule |
/// | 403 | about a domain that is not ours: the sender's record is not ours to mend |
/// | 411, 413, 415 | no length, too large, another media type or content coding |
/// | 503 | trouble of ours, or enough for today; with Retry-After |
public final class ReportEndpoint implements HttpRoutes.Handler {
    /// What `rua=https:` of our domains names behind the host.
    public static final String PATH = "/tlsrpt";

    private static final Duration SOON = Duration.ofMinutes(10);
    private static final Duration LATER = Duration.ofHours(6);

    // The first two are those of RFC 8460 §6; others are sent, too, and the content tells what it is.
    private static final Set<String> MEDIA_TYPES = Set.of(
            "application/tlsrpt+gzip",
            "application/tlsrpt+json",
            "application/tlsrpt",
            "application/gzip",
            "application/x-gzip",
            "application/json",
            "application/octet-stream");

    private final ReportIntake intake;
    private final OctetBudget budget;

    /// @param budget what all bodies being received may take of memory together
    public ReportEndpoint(ReportIntake intake, OctetBudget budget) {
        this.intake = intake;
        this.budget = budget;
    }

    @Override
    public HttpResponse handle(HttpRequest request) throws IOException, HttpProblem {
        if (!MEDIA_TYPES.contains(request.mediaType())) {
            throw new HttpProblem(415, "the media type must be application/tlsrpt+gzip or application/tlsrpt+json");
        }
        String coding = request.fields().value("content-encoding").orElse("identity");
        if (!coding.equalsIgnoreCase("gzip")
                && !coding.equalsIgnoreCase("x-gzip")
                && !coding.equalsIgnoreCase("identity")) {
            throw new HttpProblem(415, "the only content coding known is gzip");
        }
        if (request.fields().value("content-length").isEmpty()
                && request.fields().value("transfer-encoding").isEmpty()) {
            throw new HttpProblem(411, "the request has no content, or does not say how long it is");
        }
        try (OctetBudget.Share share = budget.share()) {
            byte[] body = request.content().read(ReportIntake.MOST_OCTETS, share);
            return response(intake.posted(body, request.client()));
        }
    }

    private static HttpResponse response(IntakeVerdict verdict) {
        return switch (verdict) {
            case IntakeVerdict.Stored(long number) -> HttpResponse.text(200, "report stored as " + number);
            case IntakeVerdict.Duplicate(long number) -> HttpResponse.text(200, "report known already as " + number);
            case IntakeVerdict.NoReport(String reason) -> HttpResponse.text(400, "no TLS report: " + reason);
            case IntakeVerdict.Unreadable(String problem) ->
                HttpResponse.text(400, "the TLS report cannot be read: " + problem);
            case IntakeVerdict.NotOurs(String domains) ->
                HttpResponse.text(403, "TLS reports about " + domains + " are not taken here");
            case IntakeVerdict.NotVouchedFor(boolean signed, String reason) -> HttpResponse.text(403, reason);
            case IntakeVerdict.NotVerified(String reason) -> HttpResponse.unavailable(reason, SOON);
            case IntakeVerdict.TooMany(var domain) ->
                HttpResponse.unavailable("enough TLS reports about " + domain + " for today", LATER);
            case IntakeVerdict.Unavailable(String reason) -> HttpResponse.unavailable(reason, SOON);
        };
    }
}
