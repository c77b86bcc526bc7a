import TensorCore

/// Hands out what the stages are conditioned on, in order, while the UNet is walked.
struct StageConditions {
  private var shifts: ArraySlice<Tensor>
  private var texts: ArraySlice<[KeysAndValues]>

  init(time: TimeShifts, text: TextContext) {
    shifts = time.entries[...]
    texts = text.entries[...]
  }

  /// Of the next residual block, `[N, C]`.
  mutating func nextShift() -> Tensor? { shifts.popFirst() }

  /// Of the next attention, one per transformer block.
  mutating func nextText() -> [KeysAndValues] { texts.popFirst() ?? [] }
}
