/// How a prompt's text is cleaned and cut before it is encoded: as one of the CLIP tokenizers.
///
/// The vocabulary and the merges are the same, and plain English becomes the same tokens. Where
/// they differ is said at each case and, side by side, on the page Tokenizer. Only
/// ``ftfy`` repairs anything: to the others HTML entities, curly quotes and full-width letters stay
/// what they are.
///
/// Compared for every code point of planes 0 and 1 and every 61st of the others. Goldens:
/// `clip-ids-ftfy.json`, `clip-ids-python.json`, `clip-ids-fast.json`.
public enum TextCleaning: String, Sendable, CaseIterable {
  /// Transformers' Python class `CLIPTokenizer` (to version 4) where ftfy is installed, as in the
  /// authors' environments, which have it from openai/CLIP's requirements.
  ///
  /// - `ftfy.fix_text` repairs the text: HTML entities become characters, curly quotes straight ones,
  ///   ligatures and full-width letters plain ones; control characters, byte-order marks and terminal
  ///   escapes disappear.
  /// - Joiners, format characters, private use and U+FFFD stay, as signs; letters and numbers are
  ///   those of Unicode 15.
  /// - CJK ideographs are letters like others.
  /// - The rest is as in ``python``: the sigma, special and added tokens, case in the pattern.
  ///
  /// Deviates: mojibake (`cafÃ©` for `café`) is not repaired; `fix_encoding` does so there.
  case ftfy
  /// Transformers' Python class `CLIPTokenizer` (to version 4) where ftfy is not installed.
  ///
  /// - NUL, U+FFFD, control characters other than tab and line breaks, format characters (joiners
  ///   inside emoji, too), private use and what Unicode 14 had not assigned disappears.
  /// - Each CJK ideograph is a piece of its own.
  /// - A capital sigma that ends a word becomes a final one.
  /// - Special tokens count in any case, as long as no other signs come right before them.
  /// - Added tokens must be spelled exactly.
  /// - Case is ignored after an apostrophe, so that the old long s makes a contraction; a Greek
  ///   iota below on its own falls through the pattern.
  case python
  /// The Rust library `tokenizers`: `CLIPTokenizerFast`, and any CLIP tokenizer of transformers 5.
  ///
  /// - Nothing disappears: what ``python`` drops becomes signs; only white space separates.
  /// - CJK ideographs are letters like others.
  /// - Each character is put in lower case for itself.
  /// - Special and added tokens are found spelled exactly; those that the folder marks as
  ///   `normalized`, in the text after cleaning, so in any case.
  /// - Letters and numbers are those of Unicode 16; combining marks newer than Unicode 9 stay in
  ///   the order they come.
  case fast
}
