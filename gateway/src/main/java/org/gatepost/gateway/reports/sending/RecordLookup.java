// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import java.util.List;
import org.gatepost.dns.Answer;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.Resolver;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;
import org.gatepost.policy.PrintableText;
import org.gatepost.tlsrpt.ReportUri;
import org.gatepost.tlsrpt.TlsRptRecord;

/// Asks whether and where a domain wants reports.
///
/// @spec https://www.rfc-editor.org/rfc/rfc8460 RFC 8460 §3
public final class RecordLookup {
    private static final int SHOWN = 300;
    private final Resolver resolver;

    public RecordLookup(Resolver resolver) {
        this.resolver = resolver;
    }

    /// What DNS says.
    public sealed interface Wanted {
        /// @param rua at least one, each once
        record At(List<ReportUri> rua) implements Wanted {
            public At {
                rua = List.copyOf(rua);
            }
        }

        /// None are wanted.
        ///
        /// @param line why, printable
        record NotAtAll(String line) implements Wanted {}

        /// Nobody knows now; never to be read as "none".
        ///
        /// @param line why, printable
        record Unknown(String line) implements Wanted {}
    }

    /// An insecure answer counts: RFC 8460 does not ask for DNSSEC.
    public Wanted of(DomainName domain) {
        DomainName name;
        try {
            name = domain.child("_smtp._tls");
        } catch (NameSyntaxException e) {
            return new Wanted.NotAtAll("the name is too long for a record");
        }
        return switch (resolver.txt(name)) {
            case Answer.Found<RecordData.Txt> found ->
                wanted(found.records().stream().map(RecordData.Txt::text).toList());
            case Answer.Denied<RecordData.Txt> denied -> new Wanted.NotAtAll("there is no TXT record at " + name);
            case Answer.Failed<RecordData.Txt> failed ->
                new Wanted.Unknown("looking up " + name + " failed: "
                        + PrintableText.line(failed.failure().detail(), SHOWN));
        };
    }

    private static Wanted wanted(List<String> texts) {
        return switch (TlsRptRecord.parse(texts)) {
            case TlsRptRecord.Published published
            when published.rua().isEmpty() ->
                new Wanted.NotAtAll("the record names no address of a kind that is known");
            case TlsRptRecord.Published published ->
                new Wanted.At(published.rua().stream().distinct().toList());
            case TlsRptRecord.None none -> new Wanted.NotAtAll(PrintableText.line(none.detail(), SHOWN));
        };
    }
}
