"""What an evaluation of the UNet costs, as a formula of three numbers.

    t(F, n) = o + F / (n r e(n)),   e(n) = 1 / (n s + 1 - s)

F: GFLOP by the textbook method; n: threads; r: GFLOP/s of one thread; e: efficiency by Amdahl's law
with a serial share s of the work; o: overhead of an evaluation, whatever its size (weights read from
memory, small layers, waking threads), in seconds. It is linear in o, s/r and (1 - s)/r, none of them
negative.
"""

import dataclasses
import itertools


@dataclasses.dataclass(frozen=True)
class CostModel:
    overhead: float
    rate: float
    serial_share: float

    def seconds(self, gigaflop, threads):
        efficiency = 1 / (threads * self.serial_share + 1 - self.serial_share)
        return self.overhead + gigaflop / (threads * self.rate * efficiency)


def fitted(points):
    """The model with the least squares of relative errors; `points`: (GFLOP, threads, seconds)."""
    columns = [[1 / t, f / t, f / (n * t)] for f, n, t in points]
    best = None
    # None of three unknowns negative: the best of the solutions with some of them zero.
    for size in (3, 2, 1):
        for chosen in itertools.combinations(range(3), size):
            solution = least_squares([[row[i] for i in chosen] for row in columns])
            if solution is None or min(solution) < 0:
                continue
            values = [0.0] * 3
            for index, value in zip(chosen, solution):
                values[index] = value
            error = sum((sum(a * b for a, b in zip(row, values)) - 1) ** 2 for row in columns)
            if values[1] + values[2] > 0 and (best is None or error < best[0]):
                best = error, values
    overhead, serial, parallel = best[1]
    return CostModel(overhead, 1 / (serial + parallel), serial / (serial + parallel))


def least_squares(rows):
    """Of rows times the unknowns against ones, by the normal equations; None if they are singular."""
    size = len(rows[0])
    matrix = [
        [sum(row[i] * row[j] for row in rows) for j in range(size)] + [sum(row[i] for row in rows)]
        for i in range(size)
    ]
    for i in range(size):
        pivot = max(range(i, size), key=lambda k: abs(matrix[k][i]))
        if abs(matrix[pivot][i]) <= 1e-12 * abs(matrix[0][0]):
            return None
        matrix[i], matrix[pivot] = matrix[pivot], matrix[i]
        for k in range(size):
            if k != i:
                factor = matrix[k][i] / matrix[i][i]
                matrix[k] = [a - factor * b for a, b in zip(matrix[k], matrix[i])]
    return [matrix[i][size] / matrix[i][i] for i in range(size)]
