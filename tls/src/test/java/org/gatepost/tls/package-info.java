// SPDX-License-Identifier: Apache-2.0
@NullMarked
package org.gatepost.tls;

import org.jspecify.annotations.NullMarked;
