// xᵢ − cᵢ of a row that begins with k, c[DIM]; xᵢ where the centre of all quadratics is the origin. Twin of src/loss/center.rs.

fn loss_difference(row: ptr<function, Row>, x: ptr<function, Point>, i: u32) -> f32 {
    if (LOSS_AT_ORIGIN) {
        return (*x)[i];
    }
    return (*x)[i] - coefficient(row, 1u + i);
}
