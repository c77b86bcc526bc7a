/// How predictions under different conditions are combined, as a list of weighted branches: one
/// evaluation of the network each, all in one batch.
public enum Guidance: Hashable, Sendable {
  /// `e(0, 0) + text * (e(I, T) - e(I, 0)) + image * (e(I, 0) - e(0, 0))` (InstructPix2Pix, eq. 3).
  /// 7.5 and 1.5 are the reference's scales; 1 and 1 are no guidance.
  case instructPix2Pix(text: Double = 7.5, image: Double = 1.5)
  /// `(e(I, 0) + e(0, T)) / 2 + text * (e(I, T) - e(I, 0)) + image * (e(I, T) - e(0, T))`.
  /// 5.0 and 1.25 are the reference's scales; 0.5 and 0.5 are no guidance.
  case instructDiffusion(text: Double = 5, image: Double = 1.25)
  /// The prediction under both conditions.
  case unguided

  /// One evaluation and its share in the result.
  public struct Branch: Hashable, Sendable {
    /// False: a latent of zeros in the picture's place.
    public let usesPicture: Bool
    /// False: the encoding of the empty text.
    public let usesText: Bool
    public let weight: Double
  }

  /// The branches that count, in the references' order; their weights add up to 1.
  ///
  /// A branch of weight 0 is dropped, which is exact. With InstructPix2Pix's formula that is the
  /// full one for `text` 0, the one without text for `text` = `image`, and the unconditional one
  /// for `image` 1; with InstructDiffusion's the one without text for `text` 0.5, and the one
  /// without picture for `image` 0.5.
  public var branches: [Branch] {
    let all: [(picture: Bool, text: Bool, weight: Double)] =
      switch self {
      case .instructPix2Pix(let text, let image):
        [(true, true, text), (true, false, image - text), (false, false, 1 - image)]
      case .instructDiffusion(let text, let image):
        [(true, true, text + image), (true, false, 0.5 - text), (false, true, 0.5 - image)]
      case .unguided:
        [(true, true, 1)]
      }
    return all.filter { $0.weight != 0 }.map {
      Branch(usesPicture: $0.picture, usesText: $0.text, weight: $0.weight)
    }
  }

  /// Evaluations of the network per step and picture.
  public var passCount: Int { branches.count }
}
