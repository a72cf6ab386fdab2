"""the ledger of acts, and freezes"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op


revision = '0003'
down_revision = '0002'


def upgrade() -> None:
    op.create_table('ledger',
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('time', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('action', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('digest', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('previous_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['number'], ['act.id'], ),
    sa.PrimaryKeyConstraint('number')
    )
    op.create_table('freeze',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('known', sa.Integer(), nullable=False),
    sa.Column('month_from', sa.Integer(), nullable=False),
    sa.Column('month_to', sa.Integer(), nullable=False),
    sa.Column('recorded_in', sa.Integer(), nullable=False),
    sa.Column('superseded_in', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['known'], ['act.id'], ),
    sa.ForeignKeyConstraint(['recorded_in'], ['act.id'], ),
    sa.ForeignKeyConstraint(['superseded_in'], ['act.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_freeze_name'), 'freeze', ['name'], unique=False)
    op.create_index(op.f('ix_problem_recorded_in'), 'problem', ['recorded_in'], unique=False)
    # Digests of cases cover more than they did; the next transaction that writes, that of
    # `registry init` at the latest, makes the entries of all acts from the rows themselves.
    op.execute('update act set digest = null')


def downgrade() -> None:
    op.drop_index(op.f('ix_problem_recorded_in'), table_name='problem')
    op.drop_index(op.f('ix_freeze_name'), table_name='freeze')
    op.drop_table('freeze')
    op.drop_table('ledger')
