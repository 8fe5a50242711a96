// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;

/// How names lie to each other.
final class Names {
    private static final Name ASTERISK = Name.fromConstantString("*");

    private Names() {}

    static boolean isBelow(Name name, Name ancestor) {
        return name.subdomain(ancestor) && !name.equals(ancestor);
    }

    /// The last so many labels of the name, the root label counted.
    static Name suffix(Name name, int labels) {
        return new Name(name, name.labels() - labels);
    }

    /// The longest name that both are or lie below.
    static Name commonAncestor(Name one, Name other) {
        int labels = Math.min(one.labels(), other.labels());
        while (!suffix(one, labels).equals(suffix(other, labels))) {
            labels--;
        }
        return suffix(one, labels);
    }

    /// `*.` in front; a name that is too long for that has no wildcard, and stands for itself.
    static Name wildcardBelow(Name encloser) {
        try {
            return Name.concatenate(ASTERISK, encloser);
        } catch (NameTooLongException e) {
            return encloser;
        }
    }
}
