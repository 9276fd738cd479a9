/// Who reads a card, as far as that decides how much it says: where somebody from outside may look, it says less.
package enum CardReader: Hashable, Sendable, CaseIterable {
    case member, guest
}
