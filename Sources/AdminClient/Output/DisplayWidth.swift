/// How many columns a text takes on a terminal.
package enum DisplayWidth {
    package static func of(_ text: String) -> Int { text.reduce(0) { $0 + of($1) } }

    /// One user-perceived character: two columns for East Asian wide ones and emoji, none for marks that stand alone.
    package static func of(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        if isASCII(first) { return 1 }
        if first.properties.generalCategory == .nonspacingMark || first.properties.generalCategory == .format {
            return 0
        }
        // A variation selector 16 asks for the picture of a character that also has a narrow form.
        let isPicture = character.unicodeScalars.contains { $0.value == 0xfe0f }
        return isPicture || first.properties.isEmojiPresentation || isWide(first.value) ? 2 : 1
    }

    private static func isASCII(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= 0x20 && scalar.value < 0x7f }

    /// Unicode Standard Annex 11, the ranges of W and F, joined where what lies between is not assigned.
    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0x33ff, 0x3400...0x4dbf, 0x4e00...0x9fff, 0xa000...0xa4cf,
            0xa960...0xa97c, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6,
            0x1f300...0x1f64f, 0x1f900...0x1f9ff, 0x20000...0x3fffd:
            true
        default: false
        }
    }

    /// The text cut into pieces of at most `width` columns; one empty piece for an empty text.
    package static func pieces(of text: String, width: Int) -> [String] {
        var pieces: [String] = []
        var piece = ""
        var taken = 0
        for character in text {
            let columns = of(character)
            if taken + columns > width, !piece.isEmpty {
                pieces.append(piece)
                piece = ""
                taken = 0
            }
            piece.append(character)
            taken += columns
        }
        return pieces + (piece.isEmpty && !pieces.isEmpty ? [] : [piece])
    }
}
