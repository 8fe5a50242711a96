// SPDX-License-Identifier: Apache-2.0

/// DNS resolution in which every answer carries its DNSSEC status, validated here and not by somebody else.
///
/// [Resolver] is the one entry. An [Answer] is found, denied or failed; what is found or denied is secure or
/// insecure, what failed is bogus or indeterminate, so the four statuses of RFC 4033 §5 reach the policy untouched
/// and no caller can mistake trouble for absence.
@NullMarked
package org.gatepost.dns;

import org.jspecify.annotations.NullMarked;
