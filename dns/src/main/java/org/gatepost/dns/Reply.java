// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.net.InetSocketAddress;
import org.xbill.DNS.Message;

/// What came of asking upstream servers one question.
sealed interface Reply {
    /// A well-formed answer to the question with response code NOERROR or NXDOMAIN; not validated.
    record Received(Message message, InetSocketAddress from) implements Reply {}

    /// No usable answer.
    record Missing(DnsFailure failure) implements Reply {}

    static Missing missing(DnsFailure.Reason reason, String detail) {
        return new Missing(new DnsFailure(reason, detail));
    }
}
