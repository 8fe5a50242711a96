// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/// A question of class IN and of any type, not only those of [RecordType]: validation also asks for DS
/// and DNSKEY.
record WireQuestion(Name name, int type) {
    static WireQuestion of(Question question) {
        return new WireQuestion(
                Name.fromConstantString(question.name().ascii() + "."),
                question.type().code());
    }

    /// Canonical, so that it may serve as a key: lower case, trailing dot.
    @Override
    public String toString() {
        return name.canonicalize() + " " + Type.string(type);
    }
}
